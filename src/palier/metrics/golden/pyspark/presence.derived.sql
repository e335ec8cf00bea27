SELECT
  CAST(q.`company_id` AS BIGINT) AS `company_id`,
  CAST(q.`customer_id` AS BIGINT) AS `customer_id`,
  CAST(q.`day` AS DATE) AS `day`,
  CAST(q.`kind` AS STRING) AS `kind`,
  CAST(q.`active` AS BIGINT) AS `active`,
  CAST(q.`kept` AS BIGINT) AS `kept`
FROM (
WITH `t3` AS (
  SELECT
    `t2`.`company_id`,
    `t2`.`customer_id`,
    `t2`.`day`,
    LAG(`t2`.`day`) OVER (
      PARTITION BY `t2`.`company_id`, `t2`.`customer_id`
      ORDER BY `t2`.`day` ASC NULLS LAST
    ) AS `before`,
    LEAD(`t2`.`day`) OVER (
      PARTITION BY `t2`.`company_id`, `t2`.`customer_id`
      ORDER BY `t2`.`day` ASC NULLS LAST
    ) AS `after`
  FROM (
    SELECT
      `t1`.`company_id`,
      `t1`.`customer_id`,
      `t1`.`day`
    FROM `purchase` AS `t1`
    WHERE
      `t1`.`bought`
  ) AS `t2`
)
SELECT
  *
FROM (
  SELECT
    `t0`.`company_id`,
    `t0`.`customer_id`,
    `t0`.`day`,
    CASE `t0`.`kind`
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
    CAST(`t0`.`after` > 0 AS BIGINT) - CAST(`t0`.`before` > 0 AS BIGINT) AS `active`,
    `t0`.`kept`
  FROM `movement` AS `t0`
  WHERE
    (
      (
        CAST(`t0`.`after` > 0 AS BIGINT) - CAST(`t0`.`before` > 0 AS BIGINT)
      ) <> 0
    )
    OR (
      `t0`.`kept` <> 0
    )
) AS `t4`
UNION ALL
SELECT
  *
FROM (
  SELECT
    *
  FROM (
    SELECT
      `t5`.`company_id`,
      `t5`.`customer_id`,
      `t5`.`day`,
      IF(`t5`.`before` IS NULL, 'new', 'returned') AS `kind`,
      1 AS `active`,
      1 AS `kept`
    FROM `t3` AS `t5`
    WHERE
      (
        `t5`.`before` IS NULL
      )
      OR (
        `t5`.`day` > (
          `t5`.`before` + INTERVAL '365' DAY
        )
      )
  ) AS `t7`
  UNION ALL
  SELECT
    *
  FROM (
    SELECT
      `t5`.`company_id`,
      `t5`.`customer_id`,
      `t5`.`day` + INTERVAL '365' DAY AS `day`,
      'lost' AS `kind`,
      -(
        1
      ) AS `active`,
      -(
        1
      ) AS `kept`
    FROM `t3` AS `t5`
    WHERE
      (
        `t5`.`after` IS NULL
      )
      OR (
        `t5`.`after` > (
          `t5`.`day` + INTERVAL '365' DAY
        )
      )
  ) AS `t6`
) AS `t8`
) AS q
