WITH `t4` AS (
  SELECT DISTINCT
    `t0`.`starts`,
    `t0`.`ends`
  FROM `month_step` AS `t0`
)
SELECT
  `t24`.`company_id`,
  `t24`.`period`,
  COALESCE(SUM(`t24`.`at_risk`), 0) AS `exposure`,
  COALESCE(SUM(`t24`.`gone`), 0) AS `losses`
FROM (
  SELECT
    `t2`.`period`,
    `t2`.`starts`,
    `t2`.`ends`,
    `t23`.`company_id`,
    `t23`.`at_risk`,
    `t23`.`gone`
  FROM `month_step` AS `t2`
  INNER JOIN (
    SELECT
      `t17`.`company_id`,
      `t17`.`starts`,
      `t17`.`ends`,
      `t17`.`at_risk`,
      COALESCE(`t21`.`gone`, 0) AS `gone`
    FROM (
      SELECT
        `t14`.`company_id`,
        `t14`.`starts`,
        `t14`.`ends`,
        COALESCE(SUM(`t14`.`active`), 0) AS `at_risk`
      FROM (
        SELECT
          `t8`.`starts`,
          `t8`.`ends`,
          `t11`.`company_id`,
          `t11`.`day`,
          `t11`.`active`
        FROM `t4` AS `t8`
        INNER JOIN (
          SELECT
            `t1`.`company_id`,
            `t1`.`day`,
            COALESCE(SUM(`t1`.`active`), 0) AS `active`
          FROM `presence` AS `t1`
          GROUP BY
            1,
            2
        ) AS `t11`
          ON `t11`.`day` < `t8`.`starts`
      ) AS `t14`
      GROUP BY
        1,
        2,
        3
    ) AS `t17`
    LEFT OUTER JOIN (
      SELECT
        `t19`.`company_id`,
        `t19`.`starts`,
        `t19`.`ends`,
        COUNT(*) AS `gone`
      FROM (
        SELECT
          *
        FROM (
          SELECT
            `t15`.`company_id`,
            `t15`.`starts`,
            `t15`.`ends`,
            `t15`.`customer_id`,
            SUM(`t15`.`active`) AS `active`,
            SUM(`t15`.`kept`) AS `kept`
          FROM (
            SELECT
              `t3`.`company_id`,
              `t3`.`customer_id`,
              `t3`.`day`,
              `t3`.`kind`,
              `t3`.`active`,
              `t3`.`kept`,
              `t13`.`placed_day`,
              `t13`.`starts`,
              `t13`.`ends`
            FROM `presence` AS `t3`
            INNER JOIN (
              SELECT
                `t7`.`placed_day`,
                `t9`.`starts`,
                `t9`.`ends`
              FROM (
                SELECT DISTINCT
                  `t1`.`day` AS `placed_day`
                FROM `presence` AS `t1`
              ) AS `t7`
              INNER JOIN `t4` AS `t9`
                ON `t7`.`placed_day` >= `t9`.`starts` AND `t7`.`placed_day` < `t9`.`ends`
            ) AS `t13`
              ON `t3`.`day` = `t13`.`placed_day`
          ) AS `t15`
          GROUP BY
            1,
            2,
            3,
            4
        ) AS `t18`
        WHERE
          `t18`.`active` = -1 AND `t18`.`kept` = -1
      ) AS `t19`
      GROUP BY
        1,
        2,
        3
    ) AS `t21`
      ON `t17`.`company_id` IS NOT DISTINCT FROM `t21`.`company_id`
      AND `t17`.`starts` IS NOT DISTINCT FROM `t21`.`starts`
      AND `t17`.`ends` IS NOT DISTINCT FROM `t21`.`ends`
  ) AS `t23`
    ON `t2`.`starts` = `t23`.`starts` AND `t2`.`ends` = `t23`.`ends`
) AS `t24`
GROUP BY
  1,
  2
