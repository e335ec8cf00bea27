SELECT
  CAST(q.`company_id` AS BIGINT) AS `company_id`,
  CAST(q.`fact` AS STRING) AS `fact`,
  CAST(q.`rows` AS BIGINT) AS `rows`,
  CAST(q.`first_day` AS DATE) AS `first_day`,
  CAST(q.`last_day` AS DATE) AS `last_day`,
  CAST(q.`low_currency` AS STRING) AS `low_currency`,
  CAST(q.`high_currency` AS STRING) AS `high_currency`
FROM (
SELECT
  *
FROM (
  SELECT
    *
  FROM (
    SELECT
      *
    FROM (
      SELECT
        `t9`.`company_id`,
        'recurring_line' AS `fact`,
        `t9`.`rows`,
        `t9`.`first_day`,
        `t9`.`last_day`,
        `t9`.`low_currency`,
        `t9`.`high_currency`
      FROM (
        SELECT
          `t0`.`company_id`,
          COUNT(*) AS `rows`,
          MIN(`t0`.`starts_on`) AS `first_day`,
          MAX(GREATEST(`t0`.`starts_on`, `t0`.`ends_on`)) AS `last_day`,
          MIN(`t0`.`currency`) AS `low_currency`,
          MAX(`t0`.`currency`) AS `high_currency`
        FROM `recurring_line` AS `t0`
        GROUP BY
          1
      ) AS `t9`
    ) AS `t13`
    UNION ALL
    SELECT
      *
    FROM (
      SELECT
        `t25`.`company_id`,
        'invoice' AS `fact`,
        `t25`.`rows`,
        `t25`.`first_day`,
        `t25`.`last_day`,
        `t25`.`low_currency`,
        `t25`.`high_currency`
      FROM (
        SELECT
          `t21`.`company_id`,
          COUNT(*) AS `rows`,
          MIN(`t21`.`issued_on`) AS `first_day`,
          MAX(GREATEST(`t21`.`issued_on`, `t21`.`settled_on`)) AS `last_day`,
          MIN(`t21`.`currency`) AS `low_currency`,
          MAX(`t21`.`currency`) AS `high_currency`
        FROM (
          SELECT
            `t4`.`company_id`,
            `t4`.`invoice_id`,
            `t4`.`customer_id`,
            `t4`.`subscription_id`,
            `t4`.`number`,
            COALESCE(`t4`.`kind`, 'invoice') AS `kind`,
            `t4`.`issued_on`,
            `t4`.`due_on`,
            `t4`.`settled_on`,
            `t4`.`net_minor`,
            `t4`.`tax_minor`,
            `t4`.`gross_minor`,
            `t4`.`paid_minor`,
            `t4`.`currency`,
            `t4`.`status`,
            `t4`.`e_invoice_status`,
            `t4`.`pdf_ref`,
            IF(
              COALESCE(`t4`.`kind`, 'invoice') = 'credit_note',
              -(
                ABS(
                  COALESCE(COALESCE(`t4`.`net_minor`, `t4`.`gross_minor` - COALESCE(`t4`.`tax_minor`, 0)), 0)
                )
              ),
              COALESCE(COALESCE(`t4`.`net_minor`, `t4`.`gross_minor` - COALESCE(`t4`.`tax_minor`, 0)), 0)
            ) AS `net`,
            IF(
              COALESCE(`t4`.`kind`, 'invoice') = 'credit_note',
              -(
                ABS(
                  COALESCE(COALESCE(`t4`.`gross_minor`, `t4`.`net_minor` + COALESCE(`t4`.`tax_minor`, 0)), 0)
                )
              ),
              COALESCE(COALESCE(`t4`.`gross_minor`, `t4`.`net_minor` + COALESCE(`t4`.`tax_minor`, 0)), 0)
            ) AS `gross`
          FROM `invoice` AS `t4`
          WHERE
            NOT (
              COALESCE(`t4`.`status`, 'issued') IN ('draft', 'cancelled')
            )
        ) AS `t21`
        GROUP BY
          1
      ) AS `t25`
    ) AS `t27`
  ) AS `t29`
  UNION ALL
  SELECT
    *
  FROM (
    SELECT
      *
    FROM (
      SELECT
        `t24`.`company_id`,
        'receivable' AS `fact`,
        `t24`.`rows`,
        `t24`.`first_day`,
        `t24`.`last_day`,
        `t24`.`low_currency`,
        `t24`.`high_currency`
      FROM (
        SELECT
          `t22`.`company_id`,
          COUNT(*) AS `rows`,
          MIN(`t22`.`issued_on`) AS `first_day`,
          MAX(`t22`.`issued_on`) AS `last_day`,
          MIN(`t22`.`currency`) AS `low_currency`,
          MAX(`t22`.`currency`) AS `high_currency`
        FROM (
          SELECT
            `t4`.`company_id`,
            `t4`.`invoice_id`,
            `t4`.`customer_id`,
            `t4`.`subscription_id`,
            `t4`.`number`,
            COALESCE(`t4`.`kind`, 'invoice') AS `kind`,
            `t4`.`issued_on`,
            `t4`.`due_on`,
            `t4`.`settled_on`,
            `t4`.`net_minor`,
            `t4`.`tax_minor`,
            `t4`.`gross_minor`,
            `t4`.`paid_minor`,
            `t4`.`currency`,
            `t4`.`status`,
            `t4`.`e_invoice_status`,
            `t4`.`pdf_ref`,
            IF(
              COALESCE(`t4`.`kind`, 'invoice') = 'credit_note',
              -(
                ABS(
                  COALESCE(COALESCE(`t4`.`net_minor`, `t4`.`gross_minor` - COALESCE(`t4`.`tax_minor`, 0)), 0)
                )
              ),
              COALESCE(COALESCE(`t4`.`net_minor`, `t4`.`gross_minor` - COALESCE(`t4`.`tax_minor`, 0)), 0)
            ) AS `net`,
            IF(
              COALESCE(`t4`.`kind`, 'invoice') = 'credit_note',
              -(
                ABS(
                  COALESCE(COALESCE(`t4`.`gross_minor`, `t4`.`net_minor` + COALESCE(`t4`.`tax_minor`, 0)), 0)
                )
              ),
              COALESCE(COALESCE(`t4`.`gross_minor`, `t4`.`net_minor` + COALESCE(`t4`.`tax_minor`, 0)), 0)
            ) AS `gross`
          FROM `invoice` AS `t4`
          WHERE
            NOT (
              COALESCE(`t4`.`status`, 'issued') IN ('draft', 'cancelled')
            )
            AND COALESCE(`t4`.`kind`, 'invoice') <> 'order'
        ) AS `t22`
        GROUP BY
          1
      ) AS `t24`
    ) AS `t26`
    UNION ALL
    SELECT
      *
    FROM (
      SELECT
        `t10`.`company_id`,
        'deal' AS `fact`,
        `t10`.`rows`,
        `t10`.`first_day`,
        `t10`.`last_day`,
        `t10`.`low_currency`,
        `t10`.`high_currency`
      FROM (
        SELECT
          `t1`.`company_id`,
          COUNT(*) AS `rows`,
          MIN(LEAST(`t1`.`opened_on`, `t1`.`demo_on`, `t1`.`won_on`, `t1`.`lost_on`)) AS `first_day`,
          MAX(GREATEST(`t1`.`won_on`, `t1`.`lost_on`, `t1`.`opened_on`, `t1`.`demo_on`)) AS `last_day`,
          CAST(NULL AS STRING) AS `low_currency`,
          CAST(NULL AS STRING) AS `high_currency`
        FROM `deal` AS `t1`
        GROUP BY
          1
      ) AS `t10`
    ) AS `t16`
  ) AS `t28`
) AS `t30`
UNION ALL
SELECT
  *
FROM (
  SELECT
    *
  FROM (
    SELECT
      *
    FROM (
      SELECT
        `t15`.`company_id`,
        'won_deal' AS `fact`,
        `t15`.`rows`,
        `t15`.`first_day`,
        `t15`.`last_day`,
        `t15`.`low_currency`,
        `t15`.`high_currency`
      FROM (
        SELECT
          `t6`.`company_id`,
          COUNT(*) AS `rows`,
          MIN(`t6`.`won_on`) AS `first_day`,
          MAX(`t6`.`won_on`) AS `last_day`,
          MIN(`t6`.`currency`) AS `low_currency`,
          MAX(`t6`.`currency`) AS `high_currency`
        FROM (
          SELECT
            *
          FROM `deal` AS `t1`
          WHERE
            `t1`.`status` = 'won' AND `t1`.`won_on` IS NOT NULL
        ) AS `t6`
        GROUP BY
          1
      ) AS `t15`
    ) AS `t19`
    UNION ALL
    SELECT
      *
    FROM (
      SELECT
        `t14`.`company_id`,
        'demo' AS `fact`,
        `t14`.`rows`,
        `t14`.`first_day`,
        `t14`.`last_day`,
        `t14`.`low_currency`,
        `t14`.`high_currency`
      FROM (
        SELECT
          `t5`.`company_id`,
          COUNT(*) AS `rows`,
          MIN(`t5`.`demo_on`) AS `first_day`,
          MAX(`t5`.`demo_on`) AS `last_day`,
          CAST(NULL AS STRING) AS `low_currency`,
          CAST(NULL AS STRING) AS `high_currency`
        FROM (
          SELECT
            *
          FROM `deal` AS `t1`
          WHERE
            `t1`.`demo_on` IS NOT NULL
        ) AS `t5`
        GROUP BY
          1
      ) AS `t14`
    ) AS `t18`
  ) AS `t20`
  UNION ALL
  SELECT
    *
  FROM (
    SELECT
      *
    FROM (
      SELECT
        `t7`.`company_id`,
        'payment' AS `fact`,
        `t7`.`rows`,
        `t7`.`first_day`,
        `t7`.`last_day`,
        `t7`.`low_currency`,
        `t7`.`high_currency`
      FROM (
        SELECT
          `t2`.`company_id`,
          COUNT(*) AS `rows`,
          MIN(`t2`.`paid_on`) AS `first_day`,
          MAX(`t2`.`paid_on`) AS `last_day`,
          MIN(`t2`.`currency`) AS `low_currency`,
          MAX(`t2`.`currency`) AS `high_currency`
        FROM `payment` AS `t2`
        GROUP BY
          1
      ) AS `t7`
    ) AS `t11`
    UNION ALL
    SELECT
      *
    FROM (
      SELECT
        `t8`.`company_id`,
        'marketing_spend' AS `fact`,
        `t8`.`rows`,
        `t8`.`first_day`,
        `t8`.`last_day`,
        `t8`.`low_currency`,
        `t8`.`high_currency`
      FROM (
        SELECT
          `t3`.`company_id`,
          COUNT(*) AS `rows`,
          MIN(`t3`.`day`) AS `first_day`,
          MAX(`t3`.`day`) AS `last_day`,
          MIN(`t3`.`currency`) AS `low_currency`,
          MAX(`t3`.`currency`) AS `high_currency`
        FROM `marketing_spend` AS `t3`
        GROUP BY
          1
      ) AS `t8`
    ) AS `t12`
  ) AS `t17`
) AS `t23`
) AS q
