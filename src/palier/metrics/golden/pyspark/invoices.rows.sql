SELECT
  `t12`.`company_id`,
  `t12`.`period`,
  'invoice' AS `entity`,
  `t12`.`invoice_id` AS `id`,
  `t12`.`customer_id`,
  `t12`.`number` AS `label`,
  `t12`.`customer_name` AS `detail`,
  `t12`.`issued_on` AS `day`,
  CAST(`t12`.`net` AS DOUBLE) AS `contribution`
FROM (
  SELECT
    `t9`.`company_id`,
    `t9`.`invoice_id`,
    `t9`.`customer_id`,
    `t9`.`subscription_id`,
    `t9`.`number`,
    `t9`.`kind`,
    `t9`.`issued_on`,
    `t9`.`due_on`,
    `t9`.`settled_on`,
    `t9`.`net_minor`,
    `t9`.`tax_minor`,
    `t9`.`gross_minor`,
    `t9`.`paid_minor`,
    `t9`.`currency`,
    `t9`.`status`,
    `t9`.`e_invoice_status`,
    `t9`.`pdf_ref`,
    `t9`.`net`,
    `t9`.`gross`,
    `t11`.`placed_day`,
    `t11`.`period`,
    `t11`.`starts`,
    `t11`.`ends`,
    `t11`.`year_ago`,
    `t11`.`sales_from`,
    `t11`.`active_from`,
    `t11`.`trials_end`,
    `t11`.`maturity`,
    `t11`.`dues_end`,
    `t11`.`judged_on`,
    `t5`.`customer_name`
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
  ) AS `t9`
  INNER JOIN (
    SELECT
      `t7`.`placed_day`,
      `t3`.`period`,
      `t3`.`starts`,
      `t3`.`ends`,
      `t3`.`year_ago`,
      `t3`.`sales_from`,
      `t3`.`active_from`,
      `t3`.`trials_end`,
      `t3`.`maturity`,
      `t3`.`dues_end`,
      `t3`.`judged_on`
    FROM (
      SELECT DISTINCT
        `t0`.`issued_on` AS `placed_day`
      FROM `invoice` AS `t0`
      WHERE
        NOT (
          COALESCE(`t0`.`status`, 'issued') IN ('draft', 'cancelled')
        )
    ) AS `t7`
    INNER JOIN `period` AS `t3`
      ON `t7`.`placed_day` >= `t3`.`starts` AND `t7`.`placed_day` < `t3`.`ends`
  ) AS `t11`
    ON `t9`.`issued_on` = `t11`.`placed_day`
  LEFT OUTER JOIN (
    SELECT
      `t1`.`company_id`,
      `t1`.`customer_id`,
      `t1`.`name` AS `customer_name`
    FROM `customer` AS `t1`
  ) AS `t5`
    ON `t9`.`company_id` = `t5`.`company_id` AND `t9`.`customer_id` = `t5`.`customer_id`
) AS `t12`
