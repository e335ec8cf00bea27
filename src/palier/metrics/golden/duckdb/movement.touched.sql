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
WITH "t4" AS (
  SELECT
    "t2"."company_id",
    "t2"."recurring_line_id",
    "t2"."customer_id",
    "t2"."subscription_id",
    "t2"."starts_on",
    "t2"."ends_on",
    "t2"."amount_minor",
    "t2"."currency",
    "t2"."interval",
    "t2"."interval_count",
    "t2"."quantity",
    "t2"."discount_percent",
    "t2"."status",
    "t2"."plan",
    "t2"."channel",
    "t2"."end_reason",
    "t2"."recorded_at",
    "t2"."annual_units"
  FROM "recurring_line" AS "t2"
  SEMI JOIN "touched_customer" AS "t3"
    ON "t2"."company_id" = "t3"."company_id" AND "t2"."customer_id" = "t3"."customer_id"
)
SELECT
  "t15"."company_id",
  "t15"."customer_id",
  "t15"."day",
  "t15"."a" - "t15"."p" AS "delta",
  CASE
    WHEN (
      "t15"."a" = "t15"."p"
    )
    AND "t15"."kept_before"
    AND NOT (
      "t15"."kept_after"
    )
    THEN 'lapse'
    WHEN "t15"."a" = "t15"."p"
    THEN 'hold'
    WHEN (
      "t15"."p" = 0
    ) AND (
      "t15"."pp" > 0
    ) AND "t15"."seen"
    THEN 'expansion'
    WHEN (
      "t15"."p" = 0
    ) AND "t15"."seen"
    THEN 'reactivation'
    WHEN "t15"."p" = 0
    THEN 'new'
    WHEN (
      "t15"."a" = 0
    ) AND (
      "t15"."ap" > 0
    )
    THEN 'contraction'
    WHEN "t15"."a" = 0
    THEN 'churn'
    WHEN "t15"."a" > "t15"."p"
    THEN 'expansion'
    ELSE 'contraction'
  END AS "kind",
  "t15"."p" AS "before",
  "t15"."a" AS "after",
  "t15"."prev_day",
  "t15"."first_on",
  CAST("t15"."kept_after" AS BIGINT) - CAST("t15"."kept_before" AS BIGINT) AS "kept",
  "t15"."floored"
FROM (
  SELECT
    "t14"."company_id",
    "t14"."customer_id",
    "t14"."day",
    "t14"."ap",
    "t14"."a",
    "t14"."p",
    "t14"."pp",
    "t14"."floored",
    "t14"."prev_day",
    "t14"."first_on",
    COALESCE("t14"."first_on" < "t14"."day", FALSE) AS "seen",
    (
      "t14"."a" > 0
    )
    OR (
      (
        "t14"."ap" > 0
      ) AND COALESCE("t14"."first_on" < "t14"."day", FALSE)
    ) AS "kept_after",
    (
      "t14"."p" > 0
    )
    OR (
      (
        "t14"."pp" > 0
      ) AND COALESCE("t14"."first_on" < "t14"."day", FALSE)
    ) AS "kept_before"
  FROM (
    SELECT
      "t13"."company_id",
      "t13"."customer_id",
      "t13"."day",
      "t13"."ap",
      "t13"."a",
      "t13"."p",
      "t13"."pp",
      "t13"."floored",
      LAG("t13"."day") OVER (
        PARTITION BY "t13"."company_id", "t13"."customer_id"
        ORDER BY "t13"."day" ASC
        ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
      ) AS "prev_day",
      MIN(CASE WHEN "t13"."a" > 0 THEN "t13"."day" ELSE CAST(NULL AS DATE) END) OVER (
        PARTITION BY "t13"."company_id", "t13"."customer_id"
        ORDER BY "t13"."day" ASC
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
      ) AS "first_on"
    FROM (
      SELECT
        *
      FROM (
        SELECT
          "t11"."company_id",
          "t11"."customer_id",
          "t11"."day",
          "t11"."ap",
          GREATEST("t11"."level", 0) AS "a",
          GREATEST("t11"."level" - "t11"."du", 0) AS "p",
          "t11"."ap" - "t11"."dp" AS "pp",
          "t11"."level" < 0 AS "floored"
        FROM (
          SELECT
            "t10"."company_id",
            "t10"."customer_id",
            "t10"."day",
            "t10"."du",
            "t10"."dp",
            SUM("t10"."du") OVER (
              PARTITION BY "t10"."company_id", "t10"."customer_id"
              ORDER BY "t10"."day" ASC
              ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
            ) AS "level",
            SUM("t10"."dp") OVER (
              PARTITION BY "t10"."company_id", "t10"."customer_id"
              ORDER BY "t10"."day" ASC
              ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
            ) AS "ap"
          FROM (
            SELECT
              *
            FROM (
              SELECT
                "t8"."company_id",
                "t8"."customer_id",
                "t8"."day",
                SUM("t8"."u") AS "du",
                SUM("t8"."pz") AS "dp"
              FROM (
                SELECT
                  *
                FROM (
                  SELECT
                    "t5"."company_id",
                    "t5"."customer_id",
                    "t5"."starts_on" AS "day",
                    CASE
                      WHEN (
                        COALESCE("t5"."status", 'active') = 'paused'
                      )
                      OR (
                        COALESCE("t5"."status", 'active') = 'trial'
                      )
                      THEN 0
                      ELSE COALESCE("t5"."annual_units", 0)
                    END AS "u",
                    CASE WHEN COALESCE("t5"."status", 'active') = 'paused' THEN 1 ELSE 0 END AS "pz"
                  FROM "t4" AS "t5"
                  WHERE
                    "t5"."customer_id" IS NOT NULL
                    AND (
                      (
                        "t5"."ends_on" IS NULL
                      ) OR (
                        "t5"."ends_on" > "t5"."starts_on"
                      )
                    )
                ) AS "t6"
                UNION ALL
                SELECT
                  *
                FROM (
                  SELECT
                    "t5"."company_id",
                    "t5"."customer_id",
                    "t5"."ends_on" AS "day",
                    -(
                      CASE
                        WHEN (
                          COALESCE("t5"."status", 'active') = 'paused'
                        )
                        OR (
                          COALESCE("t5"."status", 'active') = 'trial'
                        )
                        THEN 0
                        ELSE COALESCE("t5"."annual_units", 0)
                      END
                    ) AS "u",
                    -(
                      CASE WHEN COALESCE("t5"."status", 'active') = 'paused' THEN 1 ELSE 0 END
                    ) AS "pz"
                  FROM "t4" AS "t5"
                  WHERE
                    "t5"."customer_id" IS NOT NULL
                    AND (
                      (
                        "t5"."ends_on" IS NULL
                      ) OR (
                        "t5"."ends_on" > "t5"."starts_on"
                      )
                    )
                    AND "t5"."ends_on" IS NOT NULL
                ) AS "t7"
              ) AS "t8"
              GROUP BY
                1,
                2,
                3
            ) AS "t9"
            WHERE
              (
                "t9"."du" <> 0
              ) OR (
                "t9"."dp" <> 0
              )
          ) AS "t10"
        ) AS "t11"
      ) AS "t12"
      WHERE
        (
          "t12"."a" <> "t12"."p"
        )
        OR (
          (
            "t12"."ap" > 0
          ) <> (
            "t12"."pp" > 0
          )
        )
        OR "t12"."floored"
    ) AS "t13"
  ) AS "t14"
) AS "t15"
) AS q
