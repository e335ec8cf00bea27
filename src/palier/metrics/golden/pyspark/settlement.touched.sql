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
SELECT
  `t19`.`company_id`,
  `t19`.`invoice_id`,
  `t19`.`customer_id`,
  `t19`.`issued_on`,
  `t19`.`due_on`,
  `t19`.`gross` AS `gross_minor`,
  CASE
    WHEN `t19`.`settled_on` IS NOT NULL
    THEN `t19`.`settled_on`
    WHEN `t19`.`gross` = 0
    THEN `t19`.`issued_on`
    ELSE `t19`.`covered_on`
  END AS `settled_on`,
  CASE
    WHEN `t19`.`settled_on` IS NOT NULL
    THEN 'stated'
    WHEN `t19`.`gross` = 0
    THEN 'stated'
    WHEN `t19`.`covered_on` IS NOT NULL
    THEN 'payments'
    WHEN COALESCE(
      (
        `t19`.`status` = 'paid'
      )
      OR (
        (
          (
            `t19`.`gross` > 0
          ) AND (
            `t19`.`paid_minor` >= `t19`.`gross`
          )
        )
        OR (
          (
            `t19`.`gross` < 0
          )
          AND (
            (
              `t19`.`paid_minor` <= `t19`.`gross`
            )
            OR (
              `t19`.`paid_minor` >= -(
                `t19`.`gross`
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
    `t18`.`covered_on`
  FROM (
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
  ) AS `t7`
  LEFT SEMI JOIN `touched_invoice` AS `t3`
    ON `t7`.`company_id` = `t3`.`company_id` AND `t7`.`invoice_id` = `t3`.`invoice_id`
  LEFT OUTER JOIN (
    SELECT
      `t16`.`company_id`,
      `t16`.`invoice_id`,
      MIN(`t16`.`paid_on`) AS `covered_on`
    FROM (
      SELECT
        *
      FROM (
        SELECT
          `t14`.`company_id`,
          `t14`.`invoice_id`,
          `t14`.`paid_on`,
          `t14`.`paid`,
          `t14`.`gross`,
          SUM(`t14`.`paid`) OVER (
            PARTITION BY `t14`.`company_id`, `t14`.`invoice_id`
            ORDER BY `t14`.`paid_on` ASC NULLS LAST
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
          ) AS `reached`
        FROM (
          SELECT
            `t11`.`company_id`,
            `t11`.`invoice_id`,
            `t11`.`paid_on`,
            `t11`.`paid`,
            `t13`.`gross`
          FROM (
            SELECT
              `t8`.`company_id`,
              `t8`.`invoice_id`,
              `t8`.`paid_on`,
              SUM(`t8`.`amount_minor`) AS `paid`
            FROM (
              SELECT
                `t5`.`company_id`,
                `t5`.`payment_id`,
                `t5`.`invoice_id`,
                `t5`.`customer_id`,
                `t5`.`paid_on`,
                `t5`.`amount_minor`,
                `t5`.`currency`,
                `t5`.`method`,
                `t5`.`status`,
                `t5`.`fee_minor`,
                `t5`.`bank_ref`
              FROM (
                SELECT
                  *
                FROM `payment` AS `t2`
                WHERE
                  `t2`.`invoice_id` IS NOT NULL
                  AND NOT (
                    LOWER(COALESCE(`t2`.`status`, 'paid')) IN ('failed', 'refused', 'rejected', 'cancelled', 'canceled', 'pending')
                  )
              ) AS `t5`
              LEFT SEMI JOIN `touched_invoice` AS `t3`
                ON `t5`.`company_id` = `t3`.`company_id` AND `t5`.`invoice_id` = `t3`.`invoice_id`
            ) AS `t8`
            GROUP BY
              1,
              2,
              3
          ) AS `t11`
          INNER JOIN (
            SELECT
              `t9`.`company_id`,
              `t9`.`invoice_id`,
              `t9`.`gross`
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
                `t7`.`gross`
              FROM (
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
              ) AS `t7`
              LEFT SEMI JOIN `touched_invoice` AS `t3`
                ON `t7`.`company_id` = `t3`.`company_id` AND `t7`.`invoice_id` = `t3`.`invoice_id`
            ) AS `t9`
            WHERE
              `t9`.`settled_on` IS NULL AND `t9`.`gross` <> 0
          ) AS `t13`
            ON `t11`.`company_id` = `t13`.`company_id`
            AND `t11`.`invoice_id` = `t13`.`invoice_id`
        ) AS `t14`
      ) AS `t15`
      WHERE
        (
          (
            `t15`.`gross` > 0
          ) AND (
            `t15`.`reached` >= `t15`.`gross`
          )
        )
        OR (
          (
            `t15`.`gross` < 0
          ) AND (
            `t15`.`reached` <= `t15`.`gross`
          )
        )
    ) AS `t16`
    GROUP BY
      1,
      2
  ) AS `t18`
    ON `t7`.`company_id` = `t18`.`company_id` AND `t7`.`invoice_id` = `t18`.`invoice_id`
) AS `t19`
) AS q
