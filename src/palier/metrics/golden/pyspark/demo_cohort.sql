WITH `t11` AS (
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
    `t10`.`held_on`
  FROM `deal` AS `t5`
  LEFT OUTER JOIN (
    SELECT
      `t8`.`company_id`,
      `t8`.`deal_id`,
      MIN(`t8`.`day`) AS `held_on`
    FROM (
      SELECT
        *
      FROM `deal_event` AS `t3`
      WHERE
        `t3`.`kind` = 'demo_held' AND NOT (
          COALESCE(`t3`.`inferred`, FALSE)
        )
    ) AS `t8`
    GROUP BY
      1,
      2
  ) AS `t10`
    ON `t5`.`company_id` = `t10`.`company_id` AND `t5`.`deal_id` = `t10`.`deal_id`
), `t20` AS (
  SELECT
    `t19`.`company_id`,
    `t19`.`known`,
    `t19`.`party`,
    `t19`.`deal_id`,
    `t19`.`customer_id`,
    `t19`.`demo_on`,
    `t19`.`name`,
    `t16`.`won_on`,
    `t7`.`since`
  FROM (
    SELECT
      `t17`.`company_id`,
      `t17`.`known`,
      `t17`.`party`,
      `t17`.`deal_id`,
      `t17`.`customer_id`,
      `t17`.`demo_on`,
      `t17`.`name`
    FROM (
      SELECT
        `t14`.`company_id`,
        `t14`.`deal_id`,
        `t14`.`customer_id`,
        `t14`.`contact_id`,
        `t14`.`product_id`,
        `t14`.`name`,
        `t14`.`amount_minor`,
        `t14`.`currency`,
        `t14`.`stage`,
        `t14`.`status`,
        `t14`.`pipeline`,
        `t14`.`probability`,
        `t14`.`source_channel`,
        `t14`.`opened_on`,
        `t14`.`won_on`,
        `t14`.`lost_on`,
        `t14`.`lost_reason`,
        `t14`.`owner`,
        `t14`.`won_by_founder`,
        `t14`.`demo_on`,
        `t14`.`party`,
        `t14`.`known`,
        ROW_NUMBER() OVER (
          PARTITION BY `t14`.`company_id`, `t14`.`known`, `t14`.`party`
          ORDER BY `t14`.`demo_on` ASC NULLS LAST, `t14`.`deal_id` ASC NULLS LAST
        ) - 1 AS `rank`
      FROM (
        SELECT
          `t12`.`company_id`,
          `t12`.`deal_id`,
          `t12`.`customer_id`,
          `t12`.`contact_id`,
          `t12`.`product_id`,
          `t12`.`name`,
          `t12`.`amount_minor`,
          `t12`.`currency`,
          `t12`.`stage`,
          `t12`.`status`,
          `t12`.`pipeline`,
          `t12`.`probability`,
          `t12`.`source_channel`,
          `t12`.`opened_on`,
          `t12`.`won_on`,
          `t12`.`lost_on`,
          `t12`.`lost_reason`,
          `t12`.`owner`,
          `t12`.`won_by_founder`,
          COALESCE(`t12`.`held_on`, `t12`.`demo_on`) AS `demo_on`,
          IF(`t12`.`customer_id` IS NULL, `t12`.`deal_id`, `t12`.`customer_id`) AS `party`,
          `t12`.`customer_id` IS NOT NULL AS `known`
        FROM `t11` AS `t12`
        WHERE
          COALESCE(`t12`.`held_on`, `t12`.`demo_on`) IS NOT NULL
      ) AS `t14`
    ) AS `t17`
    WHERE
      `t17`.`rank` = 0
  ) AS `t19`
  LEFT OUTER JOIN (
    SELECT
      `t13`.`company_id`,
      `t13`.`known`,
      `t13`.`party`,
      MIN(`t13`.`won_on`) AS `won_on`
    FROM (
      SELECT
        `t12`.`company_id`,
        `t12`.`deal_id`,
        `t12`.`customer_id`,
        `t12`.`contact_id`,
        `t12`.`product_id`,
        `t12`.`name`,
        `t12`.`amount_minor`,
        `t12`.`currency`,
        `t12`.`stage`,
        `t12`.`status`,
        `t12`.`pipeline`,
        `t12`.`probability`,
        `t12`.`source_channel`,
        `t12`.`opened_on`,
        `t12`.`won_on`,
        `t12`.`lost_on`,
        `t12`.`lost_reason`,
        `t12`.`owner`,
        `t12`.`won_by_founder`,
        COALESCE(`t12`.`held_on`, `t12`.`demo_on`) AS `demo_on`,
        IF(`t12`.`customer_id` IS NULL, `t12`.`deal_id`, `t12`.`customer_id`) AS `party`,
        `t12`.`customer_id` IS NOT NULL AS `known`
      FROM `t11` AS `t12`
      WHERE
        `t12`.`status` = 'won' AND `t12`.`won_on` IS NOT NULL
    ) AS `t13`
    GROUP BY
      1,
      2,
      3
  ) AS `t16`
    ON `t19`.`company_id` = `t16`.`company_id`
    AND `t19`.`known` = `t16`.`known`
    AND `t19`.`party` = `t16`.`party`
  LEFT OUTER JOIN (
    SELECT
      `t1`.`company_id`,
      `t1`.`customer_id`,
      `t1`.`day` AS `since`
    FROM `presence` AS `t1`
    WHERE
      `t1`.`kind` = 'new'
  ) AS `t7`
    ON `t19`.`company_id` = `t7`.`company_id`
    AND `t19`.`customer_id` = `t7`.`customer_id`
)
SELECT
  `t29`.`company_id`,
  `t29`.`period`,
  COUNT(*) AS `demos`,
  COALESCE(SUM(IF(`t29`.`mature`, 1, 0)), 0) AS `trials`,
  COALESCE(
    SUM(
      IF(`t29`.`mature` AND COALESCE(`t29`.`won_days` <= `t29`.`maturity`, FALSE), 1, 0)
    ),
    0
  ) AS `successes`,
  COALESCE(
    SUM(
      IF(
        `t29`.`mature`
        AND (
          `t29`.`won_days` IS NOT NULL
        )
        AND NOT (
          COALESCE(`t29`.`won_days` <= `t29`.`maturity`, FALSE)
        ),
        1,
        0
      )
    ),
    0
  ) AS `late`
FROM (
  SELECT
    `t28`.`company_id`,
    `t28`.`known`,
    `t28`.`party`,
    `t28`.`deal_id`,
    `t28`.`customer_id`,
    `t28`.`demo_on`,
    `t28`.`name`,
    `t28`.`won_on`,
    `t28`.`since`,
    `t28`.`placed_day`,
    `t28`.`period`,
    `t28`.`starts`,
    `t28`.`ends`,
    `t28`.`year_ago`,
    `t28`.`sales_from`,
    `t28`.`active_from`,
    `t28`.`trials_end`,
    `t28`.`maturity`,
    `t28`.`dues_end`,
    `t28`.`judged_on`,
    `t28`.`demo_on` < `t28`.`trials_end` AS `mature`,
    DATEDIFF(DAY, `t28`.`demo_on`, `t28`.`won_on`) AS `won_days`
  FROM (
    SELECT
      `t24`.`company_id`,
      `t24`.`known`,
      `t24`.`party`,
      `t24`.`deal_id`,
      `t24`.`customer_id`,
      `t24`.`demo_on`,
      `t24`.`name`,
      `t24`.`won_on`,
      `t24`.`since`,
      `t27`.`placed_day`,
      `t27`.`period`,
      `t27`.`starts`,
      `t27`.`ends`,
      `t27`.`year_ago`,
      `t27`.`sales_from`,
      `t27`.`active_from`,
      `t27`.`trials_end`,
      `t27`.`maturity`,
      `t27`.`dues_end`,
      `t27`.`judged_on`
    FROM (
      SELECT
        *
      FROM `t20` AS `t21`
      WHERE
        (
          (
            `t21`.`won_on` >= `t21`.`demo_on`
          ) OR (
            `t21`.`won_on` IS NULL
          )
        )
        AND (
          (
            `t21`.`since` >= `t21`.`demo_on`
          ) OR (
            `t21`.`since` IS NULL
          )
        )
    ) AS `t24`
    INNER JOIN (
      SELECT
        `t25`.`placed_day`,
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
      FROM (
        SELECT DISTINCT
          `t21`.`demo_on` AS `placed_day`
        FROM `t20` AS `t21`
        WHERE
          (
            (
              `t21`.`won_on` >= `t21`.`demo_on`
            ) OR (
              `t21`.`won_on` IS NULL
            )
          )
          AND (
            (
              `t21`.`since` >= `t21`.`demo_on`
            ) OR (
              `t21`.`since` IS NULL
            )
          )
      ) AS `t25`
      INNER JOIN `period` AS `t4`
        ON `t25`.`placed_day` >= `t4`.`starts` AND `t25`.`placed_day` < `t4`.`ends`
    ) AS `t27`
      ON `t24`.`demo_on` = `t27`.`placed_day`
  ) AS `t28`
) AS `t29`
GROUP BY
  1,
  2
