SELECT
  `t17`.`company_id`,
  `t17`.`period`,
  'customer' AS `entity`,
  `t17`.`customer_id` AS `id`,
  `t17`.`customer_id`,
  `t17`.`customer_name` AS `label`,
  CAST(NULL AS STRING) AS `detail`,
  `t17`.`day`,
  CAST(`t17`.`delta` AS DOUBLE) AS `contribution`
FROM (
  SELECT
    `t16`.`company_id`,
    `t16`.`period`,
    `t16`.`customer_id`,
    `t16`.`delta`,
    `t16`.`day`,
    `t16`.`start`,
    `t5`.`customer_name`
  FROM (
    SELECT
      *
    FROM (
      SELECT
        `t13`.`company_id`,
        `t13`.`period`,
        `t13`.`customer_id`,
        SUM(`t13`.`delta`) AS `delta`,
        MAX(`t13`.`day`) AS `day`,
        COALESCE(
          SUM(
            IF(
              (
                `t13`.`prev_day` IS NULL
              ) OR (
                `t13`.`prev_day` < `t13`.`year_ago`
              ),
              `t13`.`before`,
              0
            )
          ),
          0
        ) AS `start`
      FROM (
        SELECT
          *
        FROM (
          SELECT
            `t8`.`company_id`,
            `t8`.`customer_id`,
            `t8`.`day`,
            `t8`.`delta`,
            `t8`.`kind`,
            `t8`.`before`,
            `t8`.`after`,
            `t8`.`prev_day`,
            `t8`.`first_on`,
            `t8`.`kept`,
            `t8`.`floored`,
            `t11`.`placed_day`,
            `t11`.`period`,
            `t11`.`starts`,
            `t11`.`ends`,
            `t11`.`year_ago`,
            `t11`.`sales_from`,
            `t11`.`active_from`,
            `t11`.`trials_end`,
            `t11`.`maturity`,
            `t11`.`dues_end`,
            `t11`.`judged_on`
          FROM (
            SELECT
              *
            FROM `movement` AS `t1`
            WHERE
              `t1`.`kind` <> 'new'
          ) AS `t8`
          INNER JOIN (
            SELECT
              `t9`.`placed_day`,
              `t3`.`period`,
              `t3`.`starts`,
              `t3`.`ends`,
              `t3`.`year_ago`,
              `t3`.`sales_from`,
              `t3`.`active_from`,
              `t3`.`trials_end`,
              `t3`.`maturity`,
              `t3`.`dues_end`,
              `t3`.`judged_on`
            FROM (
              SELECT DISTINCT
                `t1`.`day` AS `placed_day`
              FROM `movement` AS `t1`
              WHERE
                `t1`.`kind` <> 'new'
            ) AS `t9`
            INNER JOIN `period` AS `t3`
              ON `t9`.`placed_day` >= `t3`.`year_ago` AND `t9`.`placed_day` < `t3`.`ends`
          ) AS `t11`
            ON `t8`.`day` = `t11`.`placed_day`
        ) AS `t12`
        WHERE
          `t12`.`first_on` < `t12`.`year_ago`
      ) AS `t13`
      GROUP BY
        1,
        2,
        3
    ) AS `t14`
    WHERE
      `t14`.`start` > 0 AND `t14`.`delta` <> 0
  ) AS `t16`
  LEFT OUTER JOIN (
    SELECT
      `t0`.`company_id`,
      `t0`.`customer_id`,
      `t0`.`name` AS `customer_name`
    FROM `customer` AS `t0`
  ) AS `t5`
    ON `t16`.`company_id` = `t5`.`company_id`
    AND `t16`.`customer_id` = `t5`.`customer_id`
) AS `t17`
