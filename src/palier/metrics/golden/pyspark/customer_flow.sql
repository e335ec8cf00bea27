SELECT
  `t5`.`company_id`,
  `t5`.`period`,
  COALESCE(SUM(IF(`t5`.`day` < `t5`.`starts`, `t5`.`active`, 0)), 0) AS `opening`,
  COALESCE(SUM(`t5`.`active`), 0) AS `closing`,
  COALESCE(SUM(IF(`t5`.`day` >= `t5`.`starts`, `t5`.`came`, 0)), 0) AS `new`,
  COALESCE(SUM(IF(`t5`.`day` >= `t5`.`starts`, `t5`.`returned`, 0)), 0) AS `returned`,
  COALESCE(SUM(IF(`t5`.`day` >= `t5`.`starts`, `t5`.`lost`, 0)), 0) AS `lost`
FROM (
  SELECT
    `t2`.`period`,
    `t2`.`starts`,
    `t2`.`ends`,
    `t2`.`year_ago`,
    `t2`.`sales_from`,
    `t2`.`active_from`,
    `t2`.`trials_end`,
    `t2`.`maturity`,
    `t2`.`dues_end`,
    `t2`.`judged_on`,
    `t4`.`company_id`,
    `t4`.`day`,
    `t4`.`active`,
    `t4`.`came`,
    `t4`.`returned`,
    `t4`.`lost`
  FROM `period` AS `t2`
  INNER JOIN (
    SELECT
      `t1`.`company_id`,
      `t1`.`day`,
      COALESCE(SUM(`t1`.`active`), 0) AS `active`,
      COALESCE(SUM(IF(`t1`.`kind` = 'new', 1, 0)), 0) AS `came`,
      COALESCE(SUM(IF(`t1`.`kind` = 'returned', 1, 0)), 0) AS `returned`,
      COALESCE(SUM(IF(`t1`.`kind` = 'lost', 1, 0)), 0) AS `lost`
    FROM `presence` AS `t1`
    GROUP BY
      1,
      2
  ) AS `t4`
    ON `t4`.`day` < `t2`.`ends`
) AS `t5`
GROUP BY
  1,
  2
