"""The KPIs of the digital services; what belongs together here:

the rule, pure      achievement, periods, plausible, scale, trend, pasting
measurements        measuring (kept), checks (what may be entered), late (what is missing)
figures             computing (stored), revisions (when anew), standings (read for pages)
in words            amounts, period_names, reasons, findings
pages of figures    months, dashboard, kpi_page, meter, drawings, export
entering            entering, measurement_page, grid, grid_pasting
administrators      settings_page, editing, targets, effect, history, defaults
automations         tokens, sending, deliveries, self_description
files               workbook
for other apps      texts (where somebody is named)
"""
