SELECT
  `t12`.`company_id`,
  `t12`.`period`,
  'deal' AS `entity`,
  `t12`.`deal_id` AS `id`,
  `t12`.`customer_id`,
  COALESCE(`t12`.`name`, `t12`.`customer_name`) AS `label`,
  `t12`.`status` AS `detail`,
  `t12`.`closed_on` AS `day`,
  CAST(IF(`t12`.`status` = 'won', 1, 0) AS DOUBLE) AS `contribution`
FROM (
  SELECT
    `t8`.`company_id`,
    `t8`.`deal_id`,
    `t8`.`customer_id`,
    `t8`.`contact_id`,
    `t8`.`product_id`,
    `t8`.`name`,
    `t8`.`amount_minor`,
    `t8`.`currency`,
    `t8`.`stage`,
    `t8`.`status`,
    `t8`.`pipeline`,
    `t8`.`probability`,
    `t8`.`source_channel`,
    `t8`.`opened_on`,
    `t8`.`demo_on`,
    `t8`.`won_on`,
    `t8`.`lost_on`,
    `t8`.`lost_reason`,
    `t8`.`owner`,
    `t8`.`won_by_founder`,
    `t8`.`closed_on`,
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
    `t11`.`judged_on`,
    `t5`.`customer_name`
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
      IF(`t0`.`status` = 'won', `t0`.`won_on`, `t0`.`lost_on`) AS `closed_on`
    FROM `deal` AS `t0`
    WHERE
      `t0`.`status` IN ('won', 'lost')
      AND IF(`t0`.`status` = 'won', `t0`.`won_on`, `t0`.`lost_on`) IS NOT NULL
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
        IF(`t0`.`status` = 'won', `t0`.`won_on`, `t0`.`lost_on`) AS `placed_day`
      FROM `deal` AS `t0`
      WHERE
        `t0`.`status` IN ('won', 'lost')
        AND IF(`t0`.`status` = 'won', `t0`.`won_on`, `t0`.`lost_on`) IS NOT NULL
    ) AS `t9`
    INNER JOIN `period` AS `t3`
      ON `t9`.`placed_day` >= `t3`.`starts` AND `t9`.`placed_day` < `t3`.`ends`
  ) AS `t11`
    ON `t8`.`closed_on` = `t11`.`placed_day`
  LEFT OUTER JOIN (
    SELECT
      `t1`.`company_id`,
      `t1`.`customer_id`,
      `t1`.`name` AS `customer_name`
    FROM `customer` AS `t1`
  ) AS `t5`
    ON `t8`.`company_id` = `t5`.`company_id` AND `t8`.`customer_id` = `t5`.`customer_id`
) AS `t12`
