SELECT
  `t10`.`company_id`,
  `t10`.`period`,
  COALESCE(SUM(IF(`t10`.`days` >= 0, 1, 0)), 0) AS `won`,
  COALESCE(SUM(IF(`t10`.`days` < 0, 1, 0)), 0) AS `backwards`,
  PERCENTILE(`t10`.`length`, 0.5) AS `median`,
  PERCENTILE(`t10`.`length`, 0.25) AS `low_quartile`,
  PERCENTILE(`t10`.`length`, 0.75) AS `high_quartile`,
  COALESCE(SUM(IF(`t10`.`days` >= 0, `t10`.`days`, 0)), 0) AS `days`
FROM (
  SELECT
    `t9`.`company_id`,
    `t9`.`deal_id`,
    `t9`.`customer_id`,
    `t9`.`contact_id`,
    `t9`.`product_id`,
    `t9`.`name`,
    `t9`.`amount_minor`,
    `t9`.`currency`,
    `t9`.`stage`,
    `t9`.`status`,
    `t9`.`pipeline`,
    `t9`.`probability`,
    `t9`.`source_channel`,
    `t9`.`opened_on`,
    `t9`.`demo_on`,
    `t9`.`won_on`,
    `t9`.`lost_on`,
    `t9`.`lost_reason`,
    `t9`.`owner`,
    `t9`.`won_by_founder`,
    `t9`.`days`,
    `t9`.`placed_day`,
    `t9`.`period`,
    `t9`.`starts`,
    `t9`.`ends`,
    `t9`.`year_ago`,
    `t9`.`sales_from`,
    `t9`.`active_from`,
    `t9`.`trials_end`,
    `t9`.`maturity`,
    `t9`.`dues_end`,
    `t9`.`judged_on`,
    CAST(IF(`t9`.`days` >= 0, `t9`.`days`, CAST(NULL AS BIGINT)) AS DOUBLE) AS `length`
  FROM (
    SELECT
      `t5`.`company_id`,
      `t5`.`deal_id`,
      `t5`.`customer_id`,
      `t5`.`contact_id`,
      `t5`.`product_id`,
      `t5`.`name`,
      `t5`.`amount_minor`,
      `t5`.`currency`,
      `t5`.`stage`,
      `t5`.`status`,
      `t5`.`pipeline`,
      `t5`.`probability`,
      `t5`.`source_channel`,
      `t5`.`opened_on`,
      `t5`.`demo_on`,
      `t5`.`won_on`,
      `t5`.`lost_on`,
      `t5`.`lost_reason`,
      `t5`.`owner`,
      `t5`.`won_by_founder`,
      `t5`.`days`,
      `t8`.`placed_day`,
      `t8`.`period`,
      `t8`.`starts`,
      `t8`.`ends`,
      `t8`.`year_ago`,
      `t8`.`sales_from`,
      `t8`.`active_from`,
      `t8`.`trials_end`,
      `t8`.`maturity`,
      `t8`.`dues_end`,
      `t8`.`judged_on`
    FROM (
      SELECT
        `t0`.`company_id`,
        `t0`.`deal_id`,
        `t0`.`customer_id`,
        `t0`.`contact_id`,
        `t0`.`product_id`,
        `t0`.`name`,
        `t0`.`amount_minor`,
        `t0`.`currency`,
        `t0`.`stage`,
        `t0`.`status`,
        `t0`.`pipeline`,
        `t0`.`probability`,
        `t0`.`source_channel`,
        `t0`.`opened_on`,
        `t0`.`demo_on`,
        `t0`.`won_on`,
        `t0`.`lost_on`,
        `t0`.`lost_reason`,
        `t0`.`owner`,
        `t0`.`won_by_founder`,
        DATEDIFF(DAY, `t0`.`opened_on`, `t0`.`won_on`) AS `days`
      FROM `deal` AS `t0`
      WHERE
        `t0`.`status` = 'won'
        AND `t0`.`won_on` IS NOT NULL
        AND `t0`.`opened_on` IS NOT NULL
    ) AS `t5`
    INNER JOIN (
      SELECT
        `t6`.`placed_day`,
        `t2`.`period`,
        `t2`.`starts`,
        `t2`.`ends`,
        `t2`.`year_ago`,
        `t2`.`sales_from`,
        `t2`.`active_from`,
        `t2`.`trials_end`,
        `t2`.`maturity`,
        `t2`.`dues_end`,
        `t2`.`judged_on`
      FROM (
        SELECT DISTINCT
          `t0`.`won_on` AS `placed_day`
        FROM `deal` AS `t0`
        WHERE
          `t0`.`status` = 'won'
          AND `t0`.`won_on` IS NOT NULL
          AND `t0`.`opened_on` IS NOT NULL
      ) AS `t6`
      INNER JOIN `period` AS `t2`
        ON `t6`.`placed_day` >= `t2`.`starts` AND `t6`.`placed_day` < `t2`.`ends`
    ) AS `t8`
      ON `t5`.`won_on` = `t8`.`placed_day`
  ) AS `t9`
) AS `t10`
GROUP BY
  1,
  2
