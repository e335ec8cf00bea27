SELECT
  `t14`.`company_id`,
  `t14`.`period`,
  COALESCE(SUM(`t14`.`level`), 0) + (
    COALESCE(SUM(IF(`t14`.`day` >= `t14`.`active_from`, `t14`.`sold`, 0)), 0) * 6000
  ) AS `units`,
  COALESCE(SUM(`t14`.`active`), 0) AS `customers`
FROM (
  SELECT
    `t4`.`period`,
    `t4`.`starts`,
    `t4`.`ends`,
    `t4`.`year_ago`,
    `t4`.`sales_from`,
    `t4`.`active_from`,
    `t4`.`trials_end`,
    `t4`.`maturity`,
    `t4`.`dues_end`,
    `t4`.`judged_on`,
    `t13`.`company_id`,
    `t13`.`day`,
    `t13`.`level`,
    `t13`.`sold`,
    `t13`.`active`
  FROM `period` AS `t4`
  INNER JOIN (
    SELECT
      *
    FROM (
      SELECT
        *
      FROM (
        SELECT
          `t6`.`company_id`,
          `t6`.`day`,
          CAST(CAST(`t6`.`found` AS DECIMAL(38, 0)) AS BIGINT) AS `level`,
          0 AS `sold`,
          0 AS `active`
        FROM (
          SELECT
            `t2`.`company_id`,
            `t2`.`day`,
            COALESCE(SUM(`t2`.`delta`), 0) AS `found`
          FROM `movement` AS `t2`
          GROUP BY
            1,
            2
        ) AS `t6`
      ) AS `t9`
      UNION ALL
      SELECT
        *
      FROM (
        SELECT
          `t7`.`company_id`,
          `t7`.`day`,
          0 AS `level`,
          CAST(CAST(`t7`.`found` AS DECIMAL(38, 0)) AS BIGINT) AS `sold`,
          0 AS `active`
        FROM (
          SELECT
            `t3`.`company_id`,
            `t3`.`day`,
            COALESCE(SUM(`t3`.`net_minor`), 0) AS `found`
          FROM `purchase` AS `t3`
          GROUP BY
            1,
            2
        ) AS `t7`
      ) AS `t10`
    ) AS `t11`
    UNION ALL
    SELECT
      *
    FROM (
      SELECT
        `t5`.`company_id`,
        `t5`.`day`,
        0 AS `level`,
        0 AS `sold`,
        CAST(CAST(`t5`.`found` AS DECIMAL(38, 0)) AS BIGINT) AS `active`
      FROM (
        SELECT
          `t1`.`company_id`,
          `t1`.`day`,
          COALESCE(SUM(`t1`.`active`), 0) AS `found`
        FROM `presence` AS `t1`
        GROUP BY
          1,
          2
      ) AS `t5`
    ) AS `t8`
  ) AS `t13`
    ON `t13`.`day` < `t4`.`ends`
) AS `t14`
GROUP BY
  1,
  2
