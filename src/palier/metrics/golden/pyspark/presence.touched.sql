SELECT
  CAST(q.`company_id` AS BIGINT) AS `company_id`,
  CAST(q.`customer_id` AS BIGINT) AS `customer_id`,
  CAST(q.`day` AS DATE) AS `day`,
  CAST(q.`kind` AS STRING) AS `kind`,
  CAST(q.`active` AS BIGINT) AS `active`,
  CAST(q.`kept` AS BIGINT) AS `kept`
FROM (
WITH `t9` AS (
  SELECT
    `t8`.`company_id`,
    `t8`.`customer_id`,
    `t8`.`day`,
    LAG(`t8`.`day`) OVER (
      PARTITION BY `t8`.`company_id`, `t8`.`customer_id`
      ORDER BY `t8`.`day` ASC NULLS LAST
    ) AS `before`,
    LEAD(`t8`.`day`) OVER (
      PARTITION BY `t8`.`company_id`, `t8`.`customer_id`
      ORDER BY `t8`.`day` ASC NULLS LAST
    ) AS `after`
  FROM (
    SELECT
      `t7`.`company_id`,
      `t7`.`customer_id`,
      `t7`.`day`
    FROM (
      SELECT
        `t5`.`company_id`,
        `t5`.`customer_id`,
        `t5`.`day`,
        `t5`.`net_minor`,
        `t5`.`bought`
      FROM `purchase` AS `t5`
      LEFT SEMI JOIN `touched_customer` AS `t4`
        ON `t5`.`company_id` = `t4`.`company_id` AND `t5`.`customer_id` = `t4`.`customer_id`
    ) AS `t7`
    WHERE
      `t7`.`bought`
  ) AS `t8`
)
SELECT
  *
FROM (
  SELECT
    `t6`.`company_id`,
    `t6`.`customer_id`,
    `t6`.`day`,
    CASE `t6`.`kind`
      WHEN 'new'
      THEN 'new'
      WHEN 'reactivation'
      THEN 'returned'
      WHEN 'churn'
      THEN 'lost'
      WHEN 'lapse'
      THEN 'lost'
      WHEN 'hold'
      THEN 'held'
      WHEN 'contraction'
      THEN 'paused'
      WHEN 'expansion'
      THEN 'resumed'
      ELSE 'held'
    END AS `kind`,
    CAST(`t6`.`after` > 0 AS BIGINT) - CAST(`t6`.`before` > 0 AS BIGINT) AS `active`,
    `t6`.`kept`
  FROM (
    SELECT
      `t3`.`company_id`,
      `t3`.`customer_id`,
      `t3`.`day`,
      `t3`.`delta`,
      `t3`.`kind`,
      `t3`.`before`,
      `t3`.`after`,
      `t3`.`prev_day`,
      `t3`.`first_on`,
      `t3`.`kept`,
      `t3`.`floored`
    FROM `movement` AS `t3`
    LEFT SEMI JOIN `touched_customer` AS `t4`
      ON `t3`.`company_id` = `t4`.`company_id` AND `t3`.`customer_id` = `t4`.`customer_id`
  ) AS `t6`
  WHERE
    (
      (
        CAST(`t6`.`after` > 0 AS BIGINT) - CAST(`t6`.`before` > 0 AS BIGINT)
      ) <> 0
    )
    OR (
      `t6`.`kept` <> 0
    )
) AS `t10`
UNION ALL
SELECT
  *
FROM (
  SELECT
    *
  FROM (
    SELECT
      `t11`.`company_id`,
      `t11`.`customer_id`,
      `t11`.`day`,
      IF(`t11`.`before` IS NULL, 'new', 'returned') AS `kind`,
      1 AS `active`,
      1 AS `kept`
    FROM `t9` AS `t11`
    WHERE
      (
        `t11`.`before` IS NULL
      )
      OR (
        `t11`.`day` > (
          `t11`.`before` + INTERVAL '365' DAY
        )
      )
  ) AS `t13`
  UNION ALL
  SELECT
    *
  FROM (
    SELECT
      `t11`.`company_id`,
      `t11`.`customer_id`,
      `t11`.`day` + INTERVAL '365' DAY AS `day`,
      'lost' AS `kind`,
      -(
        1
      ) AS `active`,
      -(
        1
      ) AS `kept`
    FROM `t9` AS `t11`
    WHERE
      (
        `t11`.`after` IS NULL
      )
      OR (
        `t11`.`after` > (
          `t11`.`day` + INTERVAL '365' DAY
        )
      )
  ) AS `t12`
) AS `t14`
) AS q
