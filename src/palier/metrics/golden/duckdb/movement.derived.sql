SELECT
  CAST(q."company_id" AS BIGINT) AS "company_id",
  CAST(q."customer_id" AS BIGINT) AS "customer_id",
  CAST(q."day" AS DATE) AS "day",
  CAST(q."delta" AS BIGINT) AS "delta",
  CAST(q."kind" AS VARCHAR) AS "kind",
  CAST(q."before" AS BIGINT) AS "before",
  CAST(q."after" AS BIGINT) AS "after",
  CAST(q."prev_day" AS DATE) AS "prev_day",
  CAST(q."first_on" AS DATE) AS "first_on",
  CAST(q."kept" AS BIGINT) AS "kept",
  CAST(q."floored" AS BOOLEAN) AS "floored"
FROM (
SELECT
  "t10"."company_id",
  "t10"."customer_id",
  "t10"."day",
  "t10"."a" - "t10"."p" AS "delta",
  CASE
    WHEN (
      "t10"."a" = "t10"."p"
    )
    AND "t10"."kept_before"
    AND NOT (
      "t10"."kept_after"
    )
    THEN 'lapse'
    WHEN "t10"."a" = "t10"."p"
    THEN 'hold'
    WHEN (
      "t10"."p" = 0
    ) AND (
      "t10"."pp" > 0
    ) AND "t10"."seen"
    THEN 'expansion'
    WHEN (
      "t10"."p" = 0
    ) AND "t10"."seen"
    THEN 'reactivation'
    WHEN "t10"."p" = 0
    THEN 'new'
    WHEN (
      "t10"."a" = 0
    ) AND (
      "t10"."ap" > 0
    )
    THEN 'contraction'
    WHEN "t10"."a" = 0
    THEN 'churn'
    WHEN "t10"."a" > "t10"."p"
    THEN 'expansion'
    ELSE 'contraction'
  END AS "kind",
  "t10"."p" AS "before",
  "t10"."a" AS "after",
  "t10"."prev_day",
  "t10"."first_on",
  CAST("t10"."kept_after" AS BIGINT) - CAST("t10"."kept_before" AS BIGINT) AS "kept",
  "t10"."floored"
FROM (
  SELECT
    "t9"."company_id",
    "t9"."customer_id",
    "t9"."day",
    "t9"."ap",
    "t9"."a",
    "t9"."p",
    "t9"."pp",
    "t9"."floored",
    "t9"."prev_day",
    "t9"."first_on",
    COALESCE("t9"."first_on" < "t9"."day", FALSE) AS "seen",
    (
      "t9"."a" > 0
    )
    OR (
      (
        "t9"."ap" > 0
      ) AND COALESCE("t9"."first_on" < "t9"."day", FALSE)
    ) AS "kept_after",
    (
      "t9"."p" > 0
    )
    OR (
      (
        "t9"."pp" > 0
      ) AND COALESCE("t9"."first_on" < "t9"."day", FALSE)
    ) AS "kept_before"
  FROM (
    SELECT
      "t8"."company_id",
      "t8"."customer_id",
      "t8"."day",
      "t8"."ap",
      "t8"."a",
      "t8"."p",
      "t8"."pp",
      "t8"."floored",
      LAG("t8"."day") OVER (
        PARTITION BY "t8"."company_id", "t8"."customer_id"
        ORDER BY "t8"."day" ASC
        ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
      ) AS "prev_day",
      MIN(CASE WHEN "t8"."a" > 0 THEN "t8"."day" ELSE CAST(NULL AS DATE) END) OVER (
        PARTITION BY "t8"."company_id", "t8"."customer_id"
        ORDER BY "t8"."day" ASC
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
      ) AS "first_on"
    FROM (
      SELECT
        *
      FROM (
        SELECT
          "t6"."company_id",
          "t6"."customer_id",
          "t6"."day",
          "t6"."ap",
          GREATEST("t6"."level", 0) AS "a",
          GREATEST("t6"."level" - "t6"."du", 0) AS "p",
          "t6"."ap" - "t6"."dp" AS "pp",
          "t6"."level" < 0 AS "floored"
        FROM (
          SELECT
            "t5"."company_id",
            "t5"."customer_id",
            "t5"."day",
            "t5"."du",
            "t5"."dp",
            SUM("t5"."du") OVER (
              PARTITION BY "t5"."company_id", "t5"."customer_id"
              ORDER BY "t5"."day" ASC
              ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
            ) AS "level",
            SUM("t5"."dp") OVER (
              PARTITION BY "t5"."company_id", "t5"."customer_id"
              ORDER BY "t5"."day" ASC
              ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
            ) AS "ap"
          FROM (
            SELECT
              *
            FROM (
              SELECT
                "t3"."company_id",
                "t3"."customer_id",
                "t3"."day",
                SUM("t3"."u") AS "du",
                SUM("t3"."pz") AS "dp"
              FROM (
                SELECT
                  *
                FROM (
                  SELECT
                    "t0"."company_id",
                    "t0"."customer_id",
                    "t0"."starts_on" AS "day",
                    CASE
                      WHEN (
                        COALESCE("t0"."status", 'active') = 'paused'
                      )
                      OR (
                        COALESCE("t0"."status", 'active') = 'trial'
                      )
                      THEN 0
                      ELSE COALESCE("t0"."annual_units", 0)
                    END AS "u",
                    CASE WHEN COALESCE("t0"."status", 'active') = 'paused' THEN 1 ELSE 0 END AS "pz"
                  FROM "recurring_line" AS "t0"
                  WHERE
                    "t0"."customer_id" IS NOT NULL
                    AND (
                      (
                        "t0"."ends_on" IS NULL
                      ) OR (
                        "t0"."ends_on" > "t0"."starts_on"
                      )
                    )
                ) AS "t1"
                UNION ALL
                SELECT
                  *
                FROM (
                  SELECT
                    "t0"."company_id",
                    "t0"."customer_id",
                    "t0"."ends_on" AS "day",
                    -(
                      CASE
                        WHEN (
                          COALESCE("t0"."status", 'active') = 'paused'
                        )
                        OR (
                          COALESCE("t0"."status", 'active') = 'trial'
                        )
                        THEN 0
                        ELSE COALESCE("t0"."annual_units", 0)
                      END
                    ) AS "u",
                    -(
                      CASE WHEN COALESCE("t0"."status", 'active') = 'paused' THEN 1 ELSE 0 END
                    ) AS "pz"
                  FROM "recurring_line" AS "t0"
                  WHERE
                    "t0"."customer_id" IS NOT NULL
                    AND (
                      (
                        "t0"."ends_on" IS NULL
                      ) OR (
                        "t0"."ends_on" > "t0"."starts_on"
                      )
                    )
                    AND "t0"."ends_on" IS NOT NULL
                ) AS "t2"
              ) AS "t3"
              GROUP BY
                1,
                2,
                3
            ) AS "t4"
            WHERE
              (
                "t4"."du" <> 0
              ) OR (
                "t4"."dp" <> 0
              )
          ) AS "t5"
        ) AS "t6"
      ) AS "t7"
      WHERE
        (
          "t7"."a" <> "t7"."p"
        )
        OR (
          (
            "t7"."ap" > 0
          ) <> (
            "t7"."pp" > 0
          )
        )
        OR "t7"."floored"
    ) AS "t8"
  ) AS "t9"
) AS "t10"
) AS q
