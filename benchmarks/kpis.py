"""KPIs to measure with: as many as asked for, each measured in every month of ten years."""

MONTHS = 120
GROUPS = 10


def fill_kpis(strategy, count: int, last="2022-07") -> None:
    """Rates, NPS and values by turns, in groups, computed as the worker does it."""
    import random
    from decimal import Decimal

    from metrics.kpis import computing
    from metrics.kpis.achievement import Kind
    from metrics.kpis.periods import Month
    from metrics.models import Kpi, KpiGroup, KpiTarget, Measurement, Origin
    from roadmap.fields import Words

    rng = random.Random(7)
    newest = Month.parse(last).ordinal
    months = [Month.from_ordinal(newest - back) for back in range(MONTHS)]
    groups = [
        KpiGroup.objects.create(strategy=strategy, name=Words(fi=f"Ryhmä {n}"), position=n)
        for n in range(min(GROUPS, -(-count // 3)))
    ]
    kinds = [Kind.RATE, Kind.NPS, Kind.VALUE]
    kpis = Kpi.objects.bulk_create(
        Kpi(
            strategy=strategy,
            group=groups[n % len(groups)],
            slug=f"mittari-{n:03}",
            position=n,
            kind=kinds[n % 3],
            name=Words(fi=f"Mittari numero {n}", sv=f"Nyckeltal {n}", en=f"KPI {n}"),
            summary=Words(fi="Mitä mittari kertoo yhdellä rivillä"),
            first_month=months[-1],
        )
        for n in range(count)
    )
    KpiTarget.objects.bulk_create(
        KpiTarget(kpi=kpi, period=Month(year, 1), value=Decimal(60 + year % 10))
        for kpi in kpis
        for year in range(months[-1].year, months[0].year + 1)
    )
    rows = []
    for kpi in kpis:
        for month in months:
            if rng.random() < 0.97:
                rows.append(
                    Measurement(kpi=kpi, period=month, origin=Origin.IMPORT, **_any(kpi, rng))
                )
    Measurement.objects.bulk_create(rows, batch_size=2000)
    for group in groups:
        computing.compute(group.pk)


def _any(kpi, rng) -> dict:
    if kpi.kind == "rate":
        return {"numerator": rng.randint(400, 900), "denominator": 1000}
    if kpi.kind == "nps":
        return {"promoters": rng.randint(3, 900), "passives": 100, "detractors": 90}
    return {"value": rng.randint(40, 90)}
