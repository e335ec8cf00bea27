SELECT
  `t15`.`company_id`,
  `t15`.`period`,
  'customer' AS `entity`,
  `t15`.`customer_id` AS `id`,
  `t15`.`customer_id`,
  `t15`.`customer_name` AS `label`,
  CAST(NULL AS STRING) AS `detail`,
  `t15`.`day`,
  CAST(1 AS DOUBLE) AS `contribution`
FROM (
  SELECT
    `t14`.`company_id`,
    `t14`.`period`,
    `t14`.`starts`,
    `t14`.`ends`,
    `t14`.`customer_id`,
    `t14`.`active`,
    `t14`.`kept`,
    `t14`.`day`,
    `t7`.`customer_name`
  FROM (
    SELECT
      *
    FROM (
      SELECT
        `t11`.`company_id`,
        `t11`.`period`,
        `t11`.`starts`,
        `t11`.`ends`,
        `t11`.`customer_id`,
        SUM(`t11`.`active`) AS `active`,
        SUM(`t11`.`kept`) AS `kept`,
        MAX(`t11`.`day`) AS `day`
      FROM (
        SELECT
          `t3`.`company_id`,
          `t3`.`customer_id`,
          `t3`.`day`,
          `t3`.`kind`,
          `t3`.`active`,
          `t3`.`kept`,
          `t10`.`placed_day`,
          `t10`.`period`,
          `t10`.`starts`,
          `t10`.`ends`
        FROM `presence` AS `t3`
        INNER JOIN (
          SELECT
            `t8`.`placed_day`,
            `t4`.`period`,
            `t4`.`starts`,
            `t4`.`ends`
          FROM (
            SELECT DISTINCT
              `t1`.`day` AS `placed_day`
            FROM `presence` AS `t1`
          ) AS `t8`
          INNER JOIN `month_step` AS `t4`
            ON `t8`.`placed_day` >= `t4`.`starts` AND `t8`.`placed_day` < `t4`.`ends`
        ) AS `t10`
          ON `t3`.`day` = `t10`.`placed_day`
      ) AS `t11`
      GROUP BY
        1,
        2,
        3,
        4,
        5
    ) AS `t12`
    WHERE
      `t12`.`active` = -1 AND `t12`.`kept` = -1
  ) AS `t14`
  LEFT OUTER JOIN (
    SELECT
      `t0`.`company_id`,
      `t0`.`customer_id`,
      `t0`.`name` AS `customer_name`
    FROM `customer` AS `t0`
  ) AS `t7`
    ON `t14`.`company_id` = `t7`.`company_id`
    AND `t14`.`customer_id` = `t7`.`customer_id`
) AS `t15`
