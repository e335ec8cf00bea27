SELECT
  CAST(q.`company_id` AS BIGINT) AS `company_id`,
  CAST(q.`customer_id` AS BIGINT) AS `customer_id`,
  CAST(q.`day` AS DATE) AS `day`,
  CAST(q.`delta` AS BIGINT) AS `delta`,
  CAST(q.`kind` AS STRING) AS `kind`,
  CAST(q.`before` AS BIGINT) AS `before`,
  CAST(q.`after` AS BIGINT) AS `after`,
  CAST(q.`prev_day` AS DATE) AS `prev_day`,
  CAST(q.`first_on` AS DATE) AS `first_on`,
  CAST(q.`kept` AS BIGINT) AS `kept`,
  CAST(q.`floored` AS BOOLEAN) AS `floored`
FROM (
SELECT
  `t9`.`company_id`,
  `t9`.`customer_id`,
  `t9`.`day`,
  `t9`.`a` - `t9`.`p` AS `delta`,
  CASE
    WHEN (
      `t9`.`a` = `t9`.`p`
    ) AND `t9`.`kept_before` AND NOT (
      `t9`.`kept_after`
    )
    THEN 'lapse'
    WHEN `t9`.`a` = `t9`.`p`
    THEN 'hold'
    WHEN (
      `t9`.`p` = 0
    ) AND (
      `t9`.`pp` > 0
    ) AND `t9`.`seen`
    THEN 'expansion'
    WHEN (
      `t9`.`p` = 0
    ) AND `t9`.`seen`
    THEN 'reactivation'
    WHEN `t9`.`p` = 0
    THEN 'new'
    WHEN (
      `t9`.`a` = 0
    ) AND (
      `t9`.`ap` > 0
    )
    THEN 'contraction'
    WHEN `t9`.`a` = 0
    THEN 'churn'
    WHEN `t9`.`a` > `t9`.`p`
    THEN 'expansion'
    ELSE 'contraction'
  END AS `kind`,
  `t9`.`p` AS `before`,
  `t9`.`a` AS `after`,
  `t9`.`prev_day`,
  `t9`.`first_on`,
  CAST(`t9`.`kept_after` AS BIGINT) - CAST(`t9`.`kept_before` AS BIGINT) AS `kept`,
  `t9`.`floored`
FROM (
  SELECT
    `t8`.`company_id`,
    `t8`.`customer_id`,
    `t8`.`day`,
    `t8`.`ap`,
    `t8`.`a`,
    `t8`.`p`,
    `t8`.`pp`,
    `t8`.`floored`,
    `t8`.`prev_day`,
    `t8`.`first_on`,
    COALESCE(`t8`.`first_on` < `t8`.`day`, FALSE) AS `seen`,
    (
      `t8`.`a` > 0
    )
    OR (
      (
        `t8`.`ap` > 0
      ) AND COALESCE(`t8`.`first_on` < `t8`.`day`, FALSE)
    ) AS `kept_after`,
    (
      `t8`.`p` > 0
    )
    OR (
      (
        `t8`.`pp` > 0
      ) AND COALESCE(`t8`.`first_on` < `t8`.`day`, FALSE)
    ) AS `kept_before`
  FROM (
    SELECT
      `t7`.`company_id`,
      `t7`.`customer_id`,
      `t7`.`day`,
      `t7`.`ap`,
      `t7`.`a`,
      `t7`.`p`,
      `t7`.`pp`,
      `t7`.`floored`,
      LAG(`t7`.`day`) OVER (
        PARTITION BY `t7`.`company_id`, `t7`.`customer_id`
        ORDER BY `t7`.`day` ASC NULLS LAST
      ) AS `prev_day`,
      MIN(IF(`t7`.`a` > 0, `t7`.`day`, CAST(NULL AS DATE))) OVER (
        PARTITION BY `t7`.`company_id`, `t7`.`customer_id`
        ORDER BY `t7`.`day` ASC NULLS LAST
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
      ) AS `first_on`
    FROM (
      SELECT
        `t6`.`company_id`,
        `t6`.`customer_id`,
        `t6`.`day`,
        `t6`.`ap`,
        GREATEST(`t6`.`level`, 0) AS `a`,
        GREATEST(`t6`.`level` - `t6`.`du`, 0) AS `p`,
        `t6`.`ap` - `t6`.`dp` AS `pp`,
        `t6`.`level` < 0 AS `floored`
      FROM (
        SELECT
          `t5`.`company_id`,
          `t5`.`customer_id`,
          `t5`.`day`,
          `t5`.`du`,
          `t5`.`dp`,
          SUM(`t5`.`du`) OVER (
            PARTITION BY `t5`.`company_id`, `t5`.`customer_id`
            ORDER BY `t5`.`day` ASC NULLS LAST
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
          ) AS `level`,
          SUM(`t5`.`dp`) OVER (
            PARTITION BY `t5`.`company_id`, `t5`.`customer_id`
            ORDER BY `t5`.`day` ASC NULLS LAST
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
          ) AS `ap`
        FROM (
          SELECT
            *
          FROM (
            SELECT
              `t3`.`company_id`,
              `t3`.`customer_id`,
              `t3`.`day`,
              SUM(`t3`.`u`) AS `du`,
              SUM(`t3`.`pz`) AS `dp`
            FROM (
              SELECT
                *
              FROM (
                SELECT
                  `t0`.`company_id`,
                  `t0`.`customer_id`,
                  `t0`.`starts_on` AS `day`,
                  IF(
                    (
                      COALESCE(`t0`.`status`, 'active') = 'paused'
                    )
                    OR (
                      COALESCE(`t0`.`status`, 'active') = 'trial'
                    ),
                    0,
                    COALESCE(`t0`.`annual_units`, 0)
                  ) AS `u`,
                  IF(COALESCE(`t0`.`status`, 'active') = 'paused', 1, 0) AS `pz`
                FROM `recurring_line` AS `t0`
                WHERE
                  `t0`.`customer_id` IS NOT NULL
                  AND (
                    (
                      `t0`.`ends_on` IS NULL
                    ) OR (
                      `t0`.`ends_on` > `t0`.`starts_on`
                    )
                  )
              ) AS `t1`
              UNION ALL
              SELECT
                *
              FROM (
                SELECT
                  `t0`.`company_id`,
                  `t0`.`customer_id`,
                  `t0`.`ends_on` AS `day`,
                  -(
                    IF(
                      (
                        COALESCE(`t0`.`status`, 'active') = 'paused'
                      )
                      OR (
                        COALESCE(`t0`.`status`, 'active') = 'trial'
                      ),
                      0,
                      COALESCE(`t0`.`annual_units`, 0)
                    )
                  ) AS `u`,
                  -(
                    IF(COALESCE(`t0`.`status`, 'active') = 'paused', 1, 0)
                  ) AS `pz`
                FROM `recurring_line` AS `t0`
                WHERE
                  `t0`.`customer_id` IS NOT NULL
                  AND (
                    (
                      `t0`.`ends_on` IS NULL
                    ) OR (
                      `t0`.`ends_on` > `t0`.`starts_on`
                    )
                  )
                  AND `t0`.`ends_on` IS NOT NULL
              ) AS `t2`
            ) AS `t3`
            GROUP BY
              1,
              2,
              3
          ) AS `t4`
          WHERE
            (
              `t4`.`du` <> 0
            ) OR (
              `t4`.`dp` <> 0
            )
        ) AS `t5`
      ) AS `t6`
      WHERE
        (
          GREATEST(`t6`.`level`, 0) <> GREATEST(`t6`.`level` - `t6`.`du`, 0)
        )
        OR (
          (
            `t6`.`ap` > 0
          ) <> (
            (
              `t6`.`ap` - `t6`.`dp`
            ) > 0
          )
        )
    ) AS `t7`
  ) AS `t8`
) AS `t9`
) AS q
