SELECT
  `t11`.`company_id`,
  `t11`.`period`,
  'customer' AS `entity`,
  `t11`.`customer_id` AS `id`,
  `t11`.`customer_id`,
  `t11`.`customer_name` AS `label`,
  CAST(NULL AS STRING) AS `detail`,
  `t11`.`day`,
  CAST(`t11`.`active` AS DOUBLE) AS `contribution`
FROM (
  SELECT
    `t10`.`company_id`,
    `t10`.`period`,
    `t10`.`customer_id`,
    `t10`.`active`,
    `t10`.`day`,
    `t6`.`customer_name`
  FROM (
    SELECT
      *
    FROM (
      SELECT
        `t7`.`company_id`,
        `t7`.`period`,
        `t7`.`customer_id`,
        SUM(`t7`.`active`) AS `active`,
        MAX(`t7`.`day`) AS `day`
      FROM (
        SELECT
          `t3`.`company_id`,
          `t3`.`customer_id`,
          `t3`.`day`,
          `t3`.`kind`,
          `t3`.`active`,
          `t3`.`kept`,
          `t4`.`period`,
          `t4`.`starts`,
          `t4`.`ends`,
          `t4`.`year_ago`,
          `t4`.`sales_from`,
          `t4`.`active_from`,
          `t4`.`trials_end`,
          `t4`.`maturity`,
          `t4`.`dues_end`,
          `t4`.`judged_on`
        FROM `presence` AS `t3`
        INNER JOIN `period` AS `t4`
          ON `t3`.`day` < `t4`.`ends`
      ) AS `t7`
      GROUP BY
        1,
        2,
        3
    ) AS `t8`
    WHERE
      `t8`.`active` > 0
  ) AS `t10`
  LEFT OUTER JOIN (
    SELECT
      `t0`.`company_id`,
      `t0`.`customer_id`,
      `t0`.`name` AS `customer_name`
    FROM `customer` AS `t0`
  ) AS `t6`
    ON `t10`.`company_id` = `t6`.`company_id`
    AND `t10`.`customer_id` = `t6`.`customer_id`
) AS `t11`
