WITH `t13` AS (
  SELECT
    `t12`.`company_id`,
    `t12`.`known`,
    `t12`.`party`,
    `t12`.`deal_id`,
    `t12`.`customer_id`,
    `t12`.`demo_on`,
    `t12`.`name`,
    `t9`.`won_on`,
    `t5`.`since`
  FROM (
    SELECT
      `t10`.`company_id`,
      `t10`.`known`,
      `t10`.`party`,
      `t10`.`deal_id`,
      `t10`.`customer_id`,
      `t10`.`demo_on`,
      `t10`.`name`
    FROM (
      SELECT
        `t6`.`company_id`,
        `t6`.`deal_id`,
        `t6`.`customer_id`,
        `t6`.`contact_id`,
        `t6`.`product_id`,
        `t6`.`name`,
        `t6`.`amount_minor`,
        `t6`.`currency`,
        `t6`.`stage`,
        `t6`.`status`,
        `t6`.`pipeline`,
        `t6`.`probability`,
        `t6`.`source_channel`,
        `t6`.`opened_on`,
        `t6`.`demo_on`,
        `t6`.`won_on`,
        `t6`.`lost_on`,
        `t6`.`lost_reason`,
        `t6`.`owner`,
        `t6`.`won_by_founder`,
        `t6`.`party`,
        `t6`.`known`,
        ROW_NUMBER() OVER (
          PARTITION BY `t6`.`company_id`, `t6`.`known`, `t6`.`party`
          ORDER BY `t6`.`demo_on` ASC NULLS LAST, `t6`.`deal_id` ASC NULLS LAST
        ) - 1 AS `rank`
      FROM (
        SELECT
          `t2`.`company_id`,
          `t2`.`deal_id`,
          `t2`.`customer_id`,
          `t2`.`contact_id`,
          `t2`.`product_id`,
          `t2`.`name`,
          `t2`.`amount_minor`,
          `t2`.`currency`,
          `t2`.`stage`,
          `t2`.`status`,
          `t2`.`pipeline`,
          `t2`.`probability`,
          `t2`.`source_channel`,
          `t2`.`opened_on`,
          `t2`.`demo_on`,
          `t2`.`won_on`,
          `t2`.`lost_on`,
          `t2`.`lost_reason`,
          `t2`.`owner`,
          `t2`.`won_by_founder`,
          IF(`t2`.`customer_id` IS NULL, `t2`.`deal_id`, `t2`.`customer_id`) AS `party`,
          `t2`.`customer_id` IS NOT NULL AS `known`
        FROM `deal` AS `t2`
        WHERE
          `t2`.`demo_on` IS NOT NULL
      ) AS `t6`
    ) AS `t10`
    WHERE
      `t10`.`rank` = 0
  ) AS `t12`
  LEFT OUTER JOIN (
    SELECT
      `t7`.`company_id`,
      `t7`.`known`,
      `t7`.`party`,
      MIN(`t7`.`won_on`) AS `won_on`
    FROM (
      SELECT
        `t2`.`company_id`,
        `t2`.`deal_id`,
        `t2`.`customer_id`,
        `t2`.`contact_id`,
        `t2`.`product_id`,
        `t2`.`name`,
        `t2`.`amount_minor`,
        `t2`.`currency`,
        `t2`.`stage`,
        `t2`.`status`,
        `t2`.`pipeline`,
        `t2`.`probability`,
        `t2`.`source_channel`,
        `t2`.`opened_on`,
        `t2`.`demo_on`,
        `t2`.`won_on`,
        `t2`.`lost_on`,
        `t2`.`lost_reason`,
        `t2`.`owner`,
        `t2`.`won_by_founder`,
        IF(`t2`.`customer_id` IS NULL, `t2`.`deal_id`, `t2`.`customer_id`) AS `party`,
        `t2`.`customer_id` IS NOT NULL AS `known`
      FROM `deal` AS `t2`
      WHERE
        `t2`.`status` = 'won' AND `t2`.`won_on` IS NOT NULL
    ) AS `t7`
    GROUP BY
      1,
      2,
      3
  ) AS `t9`
    ON `t12`.`company_id` = `t9`.`company_id`
    AND `t12`.`known` = `t9`.`known`
    AND `t12`.`party` = `t9`.`party`
  LEFT OUTER JOIN (
    SELECT
      `t1`.`company_id`,
      `t1`.`customer_id`,
      `t1`.`day` AS `since`
    FROM `presence` AS `t1`
    WHERE
      `t1`.`kind` = 'new'
  ) AS `t5`
    ON `t12`.`company_id` = `t5`.`company_id`
    AND `t12`.`customer_id` = `t5`.`customer_id`
)
SELECT
  `t22`.`company_id`,
  `t22`.`period`,
  COUNT(*) AS `demos`,
  COALESCE(SUM(IF(`t22`.`mature`, 1, 0)), 0) AS `trials`,
  COALESCE(
    SUM(
      IF(`t22`.`mature` AND COALESCE(`t22`.`won_days` <= `t22`.`maturity`, FALSE), 1, 0)
    ),
    0
  ) AS `successes`,
  COALESCE(
    SUM(
      IF(
        `t22`.`mature`
        AND (
          `t22`.`won_days` IS NOT NULL
        )
        AND NOT (
          COALESCE(`t22`.`won_days` <= `t22`.`maturity`, FALSE)
        ),
        1,
        0
      )
    ),
    0
  ) AS `late`
FROM (
  SELECT
    `t21`.`company_id`,
    `t21`.`known`,
    `t21`.`party`,
    `t21`.`deal_id`,
    `t21`.`customer_id`,
    `t21`.`demo_on`,
    `t21`.`name`,
    `t21`.`won_on`,
    `t21`.`since`,
    `t21`.`placed_day`,
    `t21`.`period`,
    `t21`.`starts`,
    `t21`.`ends`,
    `t21`.`year_ago`,
    `t21`.`sales_from`,
    `t21`.`active_from`,
    `t21`.`trials_end`,
    `t21`.`maturity`,
    `t21`.`dues_end`,
    `t21`.`judged_on`,
    `t21`.`demo_on` < `t21`.`trials_end` AS `mature`,
    DATEDIFF(DAY, `t21`.`demo_on`, `t21`.`won_on`) AS `won_days`
  FROM (
    SELECT
      `t17`.`company_id`,
      `t17`.`known`,
      `t17`.`party`,
      `t17`.`deal_id`,
      `t17`.`customer_id`,
      `t17`.`demo_on`,
      `t17`.`name`,
      `t17`.`won_on`,
      `t17`.`since`,
      `t20`.`placed_day`,
      `t20`.`period`,
      `t20`.`starts`,
      `t20`.`ends`,
      `t20`.`year_ago`,
      `t20`.`sales_from`,
      `t20`.`active_from`,
      `t20`.`trials_end`,
      `t20`.`maturity`,
      `t20`.`dues_end`,
      `t20`.`judged_on`
    FROM (
      SELECT
        *
      FROM `t13` AS `t14`
      WHERE
        (
          (
            `t14`.`won_on` >= `t14`.`demo_on`
          ) OR (
            `t14`.`won_on` IS NULL
          )
        )
        AND (
          (
            `t14`.`since` >= `t14`.`demo_on`
          ) OR (
            `t14`.`since` IS NULL
          )
        )
    ) AS `t17`
    INNER JOIN (
      SELECT
        `t18`.`placed_day`,
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
          `t14`.`demo_on` AS `placed_day`
        FROM `t13` AS `t14`
        WHERE
          (
            (
              `t14`.`won_on` >= `t14`.`demo_on`
            ) OR (
              `t14`.`won_on` IS NULL
            )
          )
          AND (
            (
              `t14`.`since` >= `t14`.`demo_on`
            ) OR (
              `t14`.`since` IS NULL
            )
          )
      ) AS `t18`
      INNER JOIN `period` AS `t3`
        ON `t18`.`placed_day` >= `t3`.`starts` AND `t18`.`placed_day` < `t3`.`ends`
    ) AS `t20`
      ON `t17`.`demo_on` = `t20`.`placed_day`
  ) AS `t21`
) AS `t22`
GROUP BY
  1,
  2
