WITH `t14` AS (
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
    `t13`.`held_on`
  FROM `deal` AS `t6`
  LEFT OUTER JOIN (
    SELECT
      `t11`.`company_id`,
      `t11`.`deal_id`,
      MIN(`t11`.`day`) AS `held_on`
    FROM (
      SELECT
        *
      FROM `deal_event` AS `t4`
      WHERE
        `t4`.`kind` = 'demo_held' AND NOT (
          COALESCE(`t4`.`inferred`, FALSE)
        )
    ) AS `t11`
    GROUP BY
      1,
      2
  ) AS `t13`
    ON `t6`.`company_id` = `t13`.`company_id` AND `t6`.`deal_id` = `t13`.`deal_id`
), `t23` AS (
  SELECT
    `t22`.`company_id`,
    `t22`.`known`,
    `t22`.`party`,
    `t22`.`deal_id`,
    `t22`.`customer_id`,
    `t22`.`demo_on`,
    `t22`.`name`,
    `t19`.`won_on`,
    `t10`.`since`
  FROM (
    SELECT
      `t20`.`company_id`,
      `t20`.`known`,
      `t20`.`party`,
      `t20`.`deal_id`,
      `t20`.`customer_id`,
      `t20`.`demo_on`,
      `t20`.`name`
    FROM (
      SELECT
        `t17`.`company_id`,
        `t17`.`deal_id`,
        `t17`.`customer_id`,
        `t17`.`contact_id`,
        `t17`.`product_id`,
        `t17`.`name`,
        `t17`.`amount_minor`,
        `t17`.`currency`,
        `t17`.`stage`,
        `t17`.`status`,
        `t17`.`pipeline`,
        `t17`.`probability`,
        `t17`.`source_channel`,
        `t17`.`opened_on`,
        `t17`.`won_on`,
        `t17`.`lost_on`,
        `t17`.`lost_reason`,
        `t17`.`owner`,
        `t17`.`won_by_founder`,
        `t17`.`demo_on`,
        `t17`.`party`,
        `t17`.`known`,
        ROW_NUMBER() OVER (
          PARTITION BY `t17`.`company_id`, `t17`.`known`, `t17`.`party`
          ORDER BY `t17`.`demo_on` ASC NULLS LAST, `t17`.`deal_id` ASC NULLS LAST
        ) - 1 AS `rank`
      FROM (
        SELECT
          `t15`.`company_id`,
          `t15`.`deal_id`,
          `t15`.`customer_id`,
          `t15`.`contact_id`,
          `t15`.`product_id`,
          `t15`.`name`,
          `t15`.`amount_minor`,
          `t15`.`currency`,
          `t15`.`stage`,
          `t15`.`status`,
          `t15`.`pipeline`,
          `t15`.`probability`,
          `t15`.`source_channel`,
          `t15`.`opened_on`,
          `t15`.`won_on`,
          `t15`.`lost_on`,
          `t15`.`lost_reason`,
          `t15`.`owner`,
          `t15`.`won_by_founder`,
          COALESCE(`t15`.`held_on`, `t15`.`demo_on`) AS `demo_on`,
          IF(`t15`.`customer_id` IS NULL, `t15`.`deal_id`, `t15`.`customer_id`) AS `party`,
          `t15`.`customer_id` IS NOT NULL AS `known`
        FROM `t14` AS `t15`
        WHERE
          COALESCE(`t15`.`held_on`, `t15`.`demo_on`) IS NOT NULL
      ) AS `t17`
    ) AS `t20`
    WHERE
      `t20`.`rank` = 0
  ) AS `t22`
  LEFT OUTER JOIN (
    SELECT
      `t16`.`company_id`,
      `t16`.`known`,
      `t16`.`party`,
      MIN(`t16`.`won_on`) AS `won_on`
    FROM (
      SELECT
        `t15`.`company_id`,
        `t15`.`deal_id`,
        `t15`.`customer_id`,
        `t15`.`contact_id`,
        `t15`.`product_id`,
        `t15`.`name`,
        `t15`.`amount_minor`,
        `t15`.`currency`,
        `t15`.`stage`,
        `t15`.`status`,
        `t15`.`pipeline`,
        `t15`.`probability`,
        `t15`.`source_channel`,
        `t15`.`opened_on`,
        `t15`.`won_on`,
        `t15`.`lost_on`,
        `t15`.`lost_reason`,
        `t15`.`owner`,
        `t15`.`won_by_founder`,
        COALESCE(`t15`.`held_on`, `t15`.`demo_on`) AS `demo_on`,
        IF(`t15`.`customer_id` IS NULL, `t15`.`deal_id`, `t15`.`customer_id`) AS `party`,
        `t15`.`customer_id` IS NOT NULL AS `known`
      FROM `t14` AS `t15`
      WHERE
        `t15`.`status` = 'won' AND `t15`.`won_on` IS NOT NULL
    ) AS `t16`
    GROUP BY
      1,
      2,
      3
  ) AS `t19`
    ON `t22`.`company_id` = `t19`.`company_id`
    AND `t22`.`known` = `t19`.`known`
    AND `t22`.`party` = `t19`.`party`
  LEFT OUTER JOIN (
    SELECT
      `t2`.`company_id`,
      `t2`.`customer_id`,
      `t2`.`day` AS `since`
    FROM `presence` AS `t2`
    WHERE
      `t2`.`kind` = 'new'
  ) AS `t10`
    ON `t22`.`company_id` = `t10`.`company_id`
    AND `t22`.`customer_id` = `t10`.`customer_id`
)
SELECT
  `t31`.`company_id`,
  `t31`.`period`,
  'deal' AS `entity`,
  `t31`.`deal_id` AS `id`,
  `t31`.`customer_id`,
  COALESCE(`t31`.`name`, `t31`.`customer_name`) AS `label`,
  CASE
    WHEN `t31`.`demo_on` >= `t31`.`trials_end`
    THEN 'maturing'
    WHEN COALESCE(DATEDIFF(DAY, `t31`.`demo_on`, `t31`.`won_on`) <= `t31`.`maturity`, FALSE)
    THEN 'won'
    WHEN `t31`.`won_on` IS NOT NULL
    THEN 'won_late'
    ELSE 'not_won'
  END AS `detail`,
  `t31`.`demo_on` AS `day`,
  CAST(IF(
    COALESCE(DATEDIFF(DAY, `t31`.`demo_on`, `t31`.`won_on`) <= `t31`.`maturity`, FALSE)
    AND (
      `t31`.`demo_on` < `t31`.`trials_end`
    ),
    1,
    0
  ) AS DOUBLE) AS `contribution`
FROM (
  SELECT
    `t27`.`company_id`,
    `t27`.`known`,
    `t27`.`party`,
    `t27`.`deal_id`,
    `t27`.`customer_id`,
    `t27`.`demo_on`,
    `t27`.`name`,
    `t27`.`won_on`,
    `t27`.`since`,
    `t30`.`placed_day`,
    `t30`.`period`,
    `t30`.`starts`,
    `t30`.`ends`,
    `t30`.`year_ago`,
    `t30`.`sales_from`,
    `t30`.`active_from`,
    `t30`.`trials_end`,
    `t30`.`maturity`,
    `t30`.`dues_end`,
    `t30`.`judged_on`,
    `t8`.`customer_name`
  FROM (
    SELECT
      *
    FROM `t23` AS `t24`
    WHERE
      (
        (
          `t24`.`won_on` >= `t24`.`demo_on`
        ) OR (
          `t24`.`won_on` IS NULL
        )
      )
      AND (
        (
          `t24`.`since` >= `t24`.`demo_on`
        ) OR (
          `t24`.`since` IS NULL
        )
      )
  ) AS `t27`
  INNER JOIN (
    SELECT
      `t28`.`placed_day`,
      `t5`.`period`,
      `t5`.`starts`,
      `t5`.`ends`,
      `t5`.`year_ago`,
      `t5`.`sales_from`,
      `t5`.`active_from`,
      `t5`.`trials_end`,
      `t5`.`maturity`,
      `t5`.`dues_end`,
      `t5`.`judged_on`
    FROM (
      SELECT DISTINCT
        `t24`.`demo_on` AS `placed_day`
      FROM `t23` AS `t24`
      WHERE
        (
          (
            `t24`.`won_on` >= `t24`.`demo_on`
          ) OR (
            `t24`.`won_on` IS NULL
          )
        )
        AND (
          (
            `t24`.`since` >= `t24`.`demo_on`
          ) OR (
            `t24`.`since` IS NULL
          )
        )
    ) AS `t28`
    INNER JOIN `period` AS `t5`
      ON `t28`.`placed_day` >= `t5`.`starts` AND `t28`.`placed_day` < `t5`.`ends`
  ) AS `t30`
    ON `t27`.`demo_on` = `t30`.`placed_day`
  LEFT OUTER JOIN (
    SELECT
      `t0`.`company_id`,
      `t0`.`customer_id`,
      `t0`.`name` AS `customer_name`
    FROM `customer` AS `t0`
  ) AS `t8`
    ON `t27`.`company_id` = `t8`.`company_id`
    AND `t27`.`customer_id` = `t8`.`customer_id`
) AS `t31`
