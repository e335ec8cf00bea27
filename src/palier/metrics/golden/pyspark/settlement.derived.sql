SELECT
  CAST(q.`company_id` AS BIGINT) AS `company_id`,
  CAST(q.`invoice_id` AS BIGINT) AS `invoice_id`,
  CAST(q.`customer_id` AS BIGINT) AS `customer_id`,
  CAST(q.`issued_on` AS DATE) AS `issued_on`,
  CAST(q.`due_on` AS DATE) AS `due_on`,
  CAST(q.`gross_minor` AS BIGINT) AS `gross_minor`,
  CAST(q.`settled_on` AS DATE) AS `settled_on`,
  CAST(q.`basis` AS STRING) AS `basis`
FROM (
WITH `t3` AS (
  SELECT
    `t0`.`company_id`,
    `t0`.`invoice_id`,
    `t0`.`customer_id`,
    `t0`.`subscription_id`,
    `t0`.`number`,
    COALESCE(`t0`.`kind`, 'invoice') AS `kind`,
    `t0`.`issued_on`,
    `t0`.`due_on`,
    `t0`.`settled_on`,
    `t0`.`net_minor`,
    `t0`.`tax_minor`,
    `t0`.`gross_minor`,
    `t0`.`paid_minor`,
    `t0`.`currency`,
    `t0`.`status`,
    `t0`.`e_invoice_status`,
    `t0`.`pdf_ref`,
    IF(
      (
        COALESCE(`t0`.`kind`, 'invoice') = 'credit_note'
      )
      AND (
        COALESCE(COALESCE(`t0`.`net_minor`, `t0`.`gross_minor` - COALESCE(`t0`.`tax_minor`, 0)), 0) > 0
      ),
      -(
        COALESCE(COALESCE(`t0`.`net_minor`, `t0`.`gross_minor` - COALESCE(`t0`.`tax_minor`, 0)), 0)
      ),
      COALESCE(COALESCE(`t0`.`net_minor`, `t0`.`gross_minor` - COALESCE(`t0`.`tax_minor`, 0)), 0)
    ) AS `net`,
    IF(
      (
        COALESCE(`t0`.`kind`, 'invoice') = 'credit_note'
      )
      AND (
        COALESCE(COALESCE(`t0`.`gross_minor`, `t0`.`net_minor` + COALESCE(`t0`.`tax_minor`, 0)), 0) > 0
      ),
      -(
        COALESCE(COALESCE(`t0`.`gross_minor`, `t0`.`net_minor` + COALESCE(`t0`.`tax_minor`, 0)), 0)
      ),
      COALESCE(COALESCE(`t0`.`gross_minor`, `t0`.`net_minor` + COALESCE(`t0`.`tax_minor`, 0)), 0)
    ) AS `gross`
  FROM `invoice` AS `t0`
  WHERE
    NOT (
      COALESCE(`t0`.`status`, 'issued') IN ('draft', 'cancelled')
    )
    AND COALESCE(`t0`.`kind`, 'invoice') IN ('invoice', 'credit_note')
)
SELECT
  `t15`.`company_id`,
  `t15`.`invoice_id`,
  `t15`.`customer_id`,
  `t15`.`issued_on`,
  `t15`.`due_on`,
  `t15`.`gross` AS `gross_minor`,
  CASE
    WHEN `t15`.`settled_on` IS NOT NULL
    THEN `t15`.`settled_on`
    WHEN `t15`.`gross` = 0
    THEN `t15`.`issued_on`
    ELSE `t15`.`covered_on`
  END AS `settled_on`,
  CASE
    WHEN `t15`.`settled_on` IS NOT NULL
    THEN 'stated'
    WHEN `t15`.`gross` = 0
    THEN 'stated'
    WHEN `t15`.`covered_on` IS NOT NULL
    THEN 'payments'
    WHEN COALESCE(
      (
        `t15`.`status` = 'paid'
      )
      OR (
        (
          (
            `t15`.`gross` > 0
          ) AND (
            `t15`.`paid_minor` >= `t15`.`gross`
          )
        )
        OR (
          (
            `t15`.`gross` < 0
          )
          AND (
            (
              `t15`.`paid_minor` <= `t15`.`gross`
            )
            OR (
              `t15`.`paid_minor` >= -(
                `t15`.`gross`
              )
            )
          )
        )
      ),
      FALSE
    )
    THEN 'unknown'
    ELSE 'open'
  END AS `basis`
FROM (
  SELECT
    `t7`.`company_id`,
    `t7`.`invoice_id`,
    `t7`.`customer_id`,
    `t7`.`subscription_id`,
    `t7`.`number`,
    `t7`.`kind`,
    `t7`.`issued_on`,
    `t7`.`due_on`,
    `t7`.`settled_on`,
    `t7`.`net_minor`,
    `t7`.`tax_minor`,
    `t7`.`gross_minor`,
    `t7`.`paid_minor`,
    `t7`.`currency`,
    `t7`.`status`,
    `t7`.`e_invoice_status`,
    `t7`.`pdf_ref`,
    `t7`.`net`,
    `t7`.`gross`,
    `t14`.`covered_on`
  FROM `t3` AS `t7`
  LEFT OUTER JOIN (
    SELECT
      `t12`.`company_id`,
      `t12`.`invoice_id`,
      MIN(`t12`.`paid_on`) AS `covered_on`
    FROM (
      SELECT
        *
      FROM (
        SELECT
          `t10`.`company_id`,
          `t10`.`invoice_id`,
          `t10`.`paid_on`,
          `t10`.`paid`,
          `t10`.`gross`,
          SUM(`t10`.`paid`) OVER (
            PARTITION BY `t10`.`company_id`, `t10`.`invoice_id`
            ORDER BY `t10`.`paid_on` ASC NULLS LAST
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
          ) AS `reached`
        FROM (
          SELECT
            `t6`.`company_id`,
            `t6`.`invoice_id`,
            `t6`.`paid_on`,
            `t6`.`paid`,
            `t9`.`gross`
          FROM (
            SELECT
              `t2`.`company_id`,
              `t2`.`invoice_id`,
              `t2`.`paid_on`,
              SUM(`t2`.`amount_minor`) AS `paid`
            FROM (
              SELECT
                *
              FROM `payment` AS `t1`
              WHERE
                `t1`.`invoice_id` IS NOT NULL
                AND NOT (
                  LOWER(COALESCE(`t1`.`status`, 'paid')) IN ('failed', 'refused', 'rejected', 'cancelled', 'canceled', 'pending')
                )
            ) AS `t2`
            GROUP BY
              1,
              2,
              3
          ) AS `t6`
          INNER JOIN (
            SELECT
              `t5`.`company_id`,
              `t5`.`invoice_id`,
              `t5`.`gross`
            FROM `t3` AS `t5`
            WHERE
              `t5`.`settled_on` IS NULL AND `t5`.`gross` <> 0
          ) AS `t9`
            ON `t6`.`company_id` = `t9`.`company_id` AND `t6`.`invoice_id` = `t9`.`invoice_id`
        ) AS `t10`
      ) AS `t11`
      WHERE
        (
          (
            `t11`.`gross` > 0
          ) AND (
            `t11`.`reached` >= `t11`.`gross`
          )
        )
        OR (
          (
            `t11`.`gross` < 0
          ) AND (
            `t11`.`reached` <= `t11`.`gross`
          )
        )
    ) AS `t12`
    GROUP BY
      1,
      2
  ) AS `t14`
    ON `t7`.`company_id` = `t14`.`company_id` AND `t7`.`invoice_id` = `t14`.`invoice_id`
) AS `t15`
) AS q
