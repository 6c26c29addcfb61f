"""The words of the headers of action plans, in Finnish, Swedish, English, Spanish and German.

A line is a concept and its words, divided by `;`; those after `|` are the less usual or less
certain ones. Accents and case do not matter. Beside the record's fields and families there are
concepts whose field depends on what the column holds, or on the words around: see `FIELDS`.
"""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from roadmap import record

# What a concept may be in our model, the likeliest first; the others only where cells agree.
FIELDS = {
    **{key: (key,) for key in record.PLAIN},
    "objective": ("target", "theme", "title"),
    "goal": ("title", "target"),  # the Spanish meta is an action when said in words
    "measure": ("title", "metric"),
    "schedule": ("end", "phase"),
    "owner": ("service_area", "responsible"),
    "person": ("responsible",),
    "name": ("title",),
}

_FINNISH = """
code: tunnus; tunniste; nro; nr; n o; numero; id; koodi; toimenpidenumero; hanketunnus | no;
    viite; järjestysnumero; juokseva numero; rivi
title: toimenpide; toimenpiteet; toimenpiteen; toimenpiteiden; toimenpiteen nimi; suunnitellut
    toimenpiteet; tehtävä; tehtävät; tehtävän | toimi; toimet; teko; teot; hanke; hankkeet;
    hankkeen; projekti; projektit; projektin; aktiviteetti; kehittämistehtävä; kehittämistoimi;
    kehittämistoimenpide; toiminto; askel; välitavoite; virstanpylväs; otsikko; aloite;
    kehityskohde
description: kuvaus; selite; selitys; toimenpidekuvaus | sisältö; tarkennus; lisätiedot;
    lisätieto; tarkempi kuvaus; perustelu; perustelut
phase: vuosi; toteutusvuosi; vaihe; vaiheen | vuoden; vuodelle; kausi; suunnitelmavuosi
theme: kokonaisuus; kokonaisuudet; kokonaisuuden; teema; teeman; teemat; painopiste;
    painopisteen; painopistealue; kärki; kärjen; kärkihanke; strateginen kärki | ohjelma;
    ohjelman; osa-alue; aihealue; kehittämisalue; kategoria; luokka; ryhmä; salkku;
    kehittämiskohde; strateginen painopiste; strateginen tavoite; päätavoite; päämäärä; sektori
service_area: palvelualue; palvelualueen; toimiala; toimialan; vastuualue; vastuualueen;
    toimialue; palvelualueet; vastuuyksikkö; vastuuorganisaatio; tulosyksikkö | palvelu; osasto;
    organisaatio; virasto; liikelaitos; lautakunta; kunta; kaupunki
owner: vastuutaho; vastuutahot; vastuu; vastuut; vastuullinen; vastuullinen taho; toteuttaja;
    toteuttajat | omistaja; toteutusvastuu; päävastuu
person: vastuuhenkilö; vastuuhenkilöt; yhteyshenkilö; digimentori; digimentorit; sähköposti;
    sähköpostiosoite | yhteystieto; yhteystiedot; projektipäällikkö; vetäjä
metric: mittari; mittarit; mittarin; tunnusluku; tunnusluvut; tunnusluvun; indikaattori;
    indikaattorit; indikaattorin; seurantamittari | seurantaindikaattori; arviointikriteeri
unit: yksikkö; mittayksikkö; mittarin yksikkö | laatu
baseline: lähtöarvo; lähtötaso; lähtötilanne; nykyarvo; alkuarvo | nykytila; nykytaso;
    nykytilanne; vertailuarvo; perustaso
target: tavoitearvo; tavoitetaso; loppuarvo | tavoitetila; tavoiteltu arvo
objective: tavoite; tavoitteet; tavoitteen
start: alku; alkaa; aloitus; aloituspvm; alkupvm; alkamispäivä; aloituspäivä; alkamisaika;
    aloitusajankohta; alkamisajankohta; aloitusaika | alkaen; aloitusvuosi; alkamisvuosi;
    alkuvuosi
end: loppu; päättyy; loppuu; valmistuu; lopetus; päättymispäivä; loppupvm; päättymisaika;
    määräaika; deadline; takaraja; valmistumisaika; päättymispvm; valmis viimeistään | valmis;
    asti; lopetusvuosi; päättymisvuosi; loppuvuosi; valmistumisvuosi; eräpäivä
schedule: aikataulu; ajoitus; toteutusaika; toteutusajankohta | ajankohta; ajanjakso
weight: paino; painokerroin; painoarvo; painotus | paino-osuus
cancelled_from: peruttu alkaen; peruttu; keskeytetty; lakkautettu | poistettu
plan: suunnitelma; suunniteltu; suunn; suunnitelman | suunniteltuna; suunnitelmaluku
actual: toteuma; toteutunut; toteutuneet; toteutettu; toteutetut; toteutuma; tot;
    toteumat; toteuman | toteutumisaste; edistyminen;
    eteneminen; tulos; tulokset; valmiusaste; toteutumisprosentti; saavutettu
comment: kommentti; kommentit; huomiot; huomio; huomautus; huomautukset; huom; etenemiskirjaus;
    muistiinpanot; tilannekuvaus | tilanne; tila; status; seuranta; raportointi; väliraportti;
    toimenpiteen tilanne
name: | nimi; nimike
forecast: ennuste; arvio; ennakko
money: budjetti; kustannus; kustannukset; kustannusarvio; euroa; rahoitus; hinta; määräraha;
    talousarvio; resurssit
total: yhteensä; yht; summa; koko vuosi; kumulatiivinen
neutral: pvm; päivämäärä; arvo; luku; taso; pakollinen; lyhyt; tieto; tiedot;
    vuosineljännes; kvartaali; kpl
"""
_SWEDISH = """
code: kod; nr; löpnr; löpnummer; nummer; id; åtgärdsnr; åtgärdsnummer | ref; referens;
    beteckning
title: åtgärd; åtgärder; åtgärden; åtgärdens; aktivitet; aktiviteter; insats; insatser;
    planerade åtgärder; planerade aktiviteter | projekt; projektet; uppdrag; uppgift; initiativ;
    delmål; milstolpe; rubrik; benämning; titel; etappmål
description: beskrivning; åtgärdsbeskrivning | innehåll; förklaring; förtydligande; motivering
phase: fas; år; genomförandeår | etapp; period; årtal
theme: helhet; tema; fokusområde; målområde; insatsområde; prioriterat område | område; program;
    kategori; prioritering; inriktning; strategi; perspektiv; delområde; huvudområde; sektor;
    strategiskt mål; övergripande mål; inriktningsmål
service_area: serviceområde; förvaltning; nämnd; verksamhetsområde; verksamhet; ansvarsområde;
    ansvarig förvaltning; ansvarig nämnd; ansvarig enhet | avdelning; bolag; organisation;
    kommun; resultatenhet
owner: ansvarig; ansvariga; ansvar; huvudansvarig; huvudansvar; ansvarig part | ägare; utförare;
    genomförare; samordnare
person: digimentor; digimentorer; kontaktperson; ansvarig person; e-post; epost; mejl | kontakt;
    projektledare; handläggare; åtgärdsägare
metric: mätare; indikator; indikatorer; indikatorn; nyckeltal; nyckeltalet; mått | mätetal;
    resultatmått
unit: enhet; måttenhet; mätenhet
baseline: utgångsvärde; utgångsläge; nuläge; nollvärde; basvärde; startvärde; ingångsvärde |
    nuvärde; nollmätning; basår
target: målvärde; målnivå; slutmål | önskat läge; börvärde
objective: mål; målet; målsättning
start: start; startdatum; börjar; startar; påbörjas; startår | början; från
end: slut; slutdatum; slutar; avslutas; klart; klar; färdigt; färdig; slutår; sluttid; klart
    senast; deadline | till; senast; förfallodatum
schedule: tidplan; tidsplan; tidsram; tidpunkt; tidsperiod | tid; när; genomförandetid
weight: vikt; viktning; vikttal; viktfaktor
cancelled_from: inställd från och med; inställd; avbruten; avbröts | avslutad i förtid; struken
plan: planerat; planerad; plan; planerade; planen | planvärde; budgeterat
actual: utfall; utfallet; faktiskt; uppnått; verkligt utfall | resultat; genomfört; framsteg
comment: kommentar; kommentarer; anmärkning; anmärkningar; lägesrapport; lägesbeskrivning;
    notering; anteckning; anteckningar | läge; status; uppföljning; statusbeskrivning; övrigt
name: | namn
forecast: prognos; prognosen
money: budget; kostnad; kostnader; kronor; kr; tkr; finansiering; anslag; resurser
total: totalt; total; summa; helår; helårs; ackumulerat
neutral: datum; värde; nivå; obligatorisk; kvartal; st
"""
_ENGLISH = """
code: code; id; no; nr; number; ref; reference; ref no; item no; action no; identifier | key;
    item; reqid; wbs; serial; sl no; s no; sr no
title: action; actions; title; activity; activities; task; tasks; task name; action item;
    planned action; planned actions; planned activities | initiative; initiatives; project;
    projects; milestone; milestones; deliverable; deliverables; intervention; interventions;
    output; step; recommendation; subject; commitment; product
description: description; details; text; definition; summary | detail; scope;
    explanation; content
phase: phase; year; fiscal year; plan year | stage; period
theme: theme; themes; workstream; work stream; pillar; strategic pillar; strategic objective;
    focus area; priority area; strategic priority; strategic goal; work package | priority;
    program; programme; category; domain; group; portfolio; area; outcome; epic; track;
    strategic theme; thematic area; cluster; sector
service_area: service area; department; service; directorate; division; responsible department;
    lead department; business unit; responsible unit; lead agency; responsible agency; agency |
    organisation; organization; section; office; ministry; bureau; team; function; municipality
owner: owner; responsible; responsibility; lead; action owner; accountable; owned by;
    responsible party; assigned to; assignee; lead organisation | leads; owners; who
person: digimentors; digimentor; responsible person; responsible persons; email; e-mail; email
    address; e-mail address; contact; contact person; task owner | project manager; contact
    email; officer; resource; resourcing
metric: metric; metrics; kpi; kpis; indicator; indicators; performance indicator; key
    performance indicator; performance measure; measure of success | success measure; success
    criteria
measure: measure; measures
unit: unit; unit of measure; unit of measurement; measurement unit; uom | units
baseline: baseline; baseline value; base value; starting value; starting point; start value |
    current value; current level; base; current state; current performance
target: target; target value; end target; final target | desired value; goal value; life of
    project target
objective: goal; goals; objective; objectives; aim; aims
start: start; start date; starts; begin; begins; beginning; commencement; start quarter; start
    year | from
end: end; end date; ends; due; due date; deadline; finish; finish date; completion date; target
    date; completion; end quarter; end year; due by | until; to; complete by; by when; date due
schedule: schedule; timeline; timeframe; time frame; timing; timescale | when; time
weight: weight; weighting; weight factor | weightage
cancelled_from: cancelled from; cancelled; canceled; cancelled since | discontinued; withdrawn;
    terminated
plan: plan; planned; plan value | scheduled; budgeted
actual: achieved; actual; actuals; actual value; achievement | result; results; progress;
    completed; realised; realized; executed; percent complete; complete; attained; performance
comment: comment; comments; note; notes; remark; remarks; status update; progress update;
    narrative | status; update; observations; current status; rag; state
name: | name
forecast: forecast; projected; projection; estimate; estimated
money: budget; cost; costs; spend; expenditure; funding; price; eur; euro; euros; usd; amount
total: total; totals; sum; overall; annual; full year; ytd; year to date; cumulative
neutral: date; value; level; the; required; mandatory; short; full; current; quarter; key; an;
    new; main
"""
_SPANISH = """
code: código; cod; código de meta; código meta; cod meta; id; nro; número | no; núm;
    consecutivo; ítem; clave
title: acción; acciones; actividad; actividades; meta de producto; meta producto; metas de
    producto | producto; productos; proyecto; proyectos; tarea; tareas; iniciativa; hito;
    título; medida; medidas; compromiso; acción estratégica
goal: meta; metas
description: descripción | detalle; detalles; texto; alcance; contenido; justificación
phase: año; vigencia; fase | etapa; anualidad; periodo; período
theme: eje; ejes; eje estratégico; línea estratégica; tema; objetivo estratégico | programa;
    programas; pilar; componente; sector; dimensión; categoría; línea; estrategia; subprograma;
    eje temático; ámbito
service_area: área de servicio; secretaría; dependencia; entidad; área; área responsable;
    secretaría responsable; dependencia responsable; entidad responsable | oficina;
    departamento; dirección; unidad; servicio; municipio
owner: responsable; responsables; encargado; encargada; líder; a cargo de
person: correo; correo electrónico; persona responsable; persona de contacto | contacto;
    funcionario responsable
metric: indicador; indicadores; indicador de producto; indicador de la meta | métrica; indicador
    de gestión
unit: unidad de medida; unidad medida; u medida; unidades | u m; und
baseline: línea base; línea de base; l b; lb; valor inicial; valor base; situación inicial |
    punto de partida; valor actual
target: valor esperado; valor objetivo; valor meta; meta cuatrienio; meta anual | resultado
    esperado; valor final
objective: objetivo; objetivos
start: inicio; fecha de inicio; fecha inicio; fecha inicial; comienzo | desde; empieza
end: fin; fecha fin; fecha de fin; fecha final; fecha de finalización; fecha de terminación;
    finalización; término; plazo; fecha límite; fecha de entrega | hasta; termina; vencimiento
schedule: cronograma; calendario; plazo de ejecución | tiempo; fecha
weight: ponderador; ponderación; peso; peso porcentual; peso ponderado | factor de ponderación
cancelled_from: cancelada; cancelado; cancelada desde; cancelado desde | suspendida; suspendido;
    anulada
plan: planeado; planificado; programado; planeada; programada; planificada; valor planeado;
    valor programado | programación; planeación; previsto
actual: ejecutado; ejecutada; avance; logrado; alcanzado; realizado; valor ejecutado; avance
    físico | ejecución; logro; cumplimiento; real; cumplido
comment: observaciones; observación; comentario; comentarios; nota; notas | estado; seguimiento;
    análisis; avance cualitativo; descripción del avance
name: | nombre; denominación
forecast: proyección; pronóstico; proyectado; estimado
money: presupuesto; costo; costos; coste; costes; financiero; financiera; inversión; recursos;
    gasto; pagos; apropiación; asignado; compromisos; presupuestal; valor en pesos; pesos;
    millones
total: total; totales; acumulado; acumulada; anual; suma
neutral: fecha; valor; cuatrienio; el; la; los; las; del; trimestre; obligatorio
"""
_GERMAN = """
code: nr; nummer; id; kennung; code; lfd nr; laufende nummer; massnahmennummer; massnahmennr;
    massnahmen nr; projektnummer; projektnr | kürzel; kennnummer; ziffer; nr der massnahme
title: massnahme; massnahmen; massnahmentitel; titel; aktivität; aktivitäten; aufgabe; aufgaben;
    geplante massnahmen; geplante massnahme | projekt; projekte; vorhaben; initiative;
    meilenstein; meilensteine; arbeitspaket; aktion; überschrift
description: beschreibung; massnahmenbeschreibung; kurzbeschreibung; projektbeschreibung; text |
    inhalt; erläuterung; erläuterungen; details; begründung
phase: jahr; phase; umsetzungsjahr | projektphase; abschnitt
theme: handlungsfeld; handlungsfelder; themenfeld; thema; themenbereich; schwerpunkt;
    handlungsschwerpunkt; themenschwerpunkt; strategisches ziel | kategorie; bereich; programm;
    gruppe; leitziel; oberziel; leitlinie; priorität; sektor; cluster
service_area: amt; fachamt; dezernat; fachbereich; referat; abteilung; dienststelle;
    organisationseinheit; zuständiges amt; verantwortliche stelle; servicebereich | behörde;
    stelle; einrichtung; gemeinde; geschäftsbereich
owner: verantwortlich; verantwortliche; verantwortlicher; verantwortung; zuständig;
    zuständigkeit; zuständigkeiten; federführung; verantwortlichkeit | träger; akteur; akteure;
    umsetzung durch; wer
person: ansprechpartner; ansprechperson; ansprechpartnerin; verantwortliche person; e-mail
    adresse; kontakt | projektleitung; projektleiter; bearbeiter; sachbearbeiter
metric: kennzahl; kennzahlen; indikator; indikatoren; messgrösse; kennwert | messkriterium;
    erfolgsindikator; erfolgskriterium
unit: einheit; masseinheit; messeinheit
baseline: ausgangswert; basiswert; startwert; ausgangslage; ausgangsniveau | anfangswert;
    referenzwert; bestand
target: zielwert; sollwert; zielgrösse; endwert | zielniveau; zielmarke
objective: ziel; ziele; zielsetzung
start: beginn; anfang; start; startdatum; projektbeginn; startet; startzeitpunkt;
    massnahmenbeginn | von; ab; startjahr
end: ende; enddatum; abschluss; frist; fällig; fälligkeit; fertigstellung; projektende; bis;
    termin; massnahmenende | fertig; endet; endtermin; endjahr; abgeschlossen
schedule: zeitraum; zeitplan; zeitrahmen; laufzeit; umsetzungszeitraum | dauer; zeit;
    zeithorizont; zeitpunkt
weight: gewichtung; gewicht; gewichtungsfaktor | wichtung
cancelled_from: abgebrochen; eingestellt; storniert; abgebrochen ab; eingestellt ab |
    gestrichen; entfällt; entfallen
plan: soll; plan; geplant; planwert; planung | sollstand; vorgesehen
actual: ist; istwert; erreicht; tatsächlich; umgesetzt | iststand; ergebnis; fortschritt;
    umsetzungsgrad; zielerreichung; umsetzungsfortschritt
comment: bemerkung; bemerkungen; kommentar; kommentare; anmerkung; anmerkungen; sachstand;
    sachstandsbericht; notiz; notizen; hinweise | stand; status; umsetzungsstand;
    bearbeitungsstand
name: | name; bezeichnung
forecast: prognose; hochrechnung; schätzung
money: kosten; budget; finanzierung; mittel; ausgaben; aufwand; haushalt; haushaltsmittel;
    preis; betrag
total: gesamt; insgesamt; summe; jahreswert; kumuliert; gesamtjahr
neutral: datum; wert; der; die; das; des; dem; den; quartal; pflichtfeld
"""
# Between words these say that what comes before is the thing itself: "unit of measure".
CONNECTORS = frozenset({"of", "for", "de", "del", "av", "von", "zu", "zur", "fur", "om"})
# The first of several things that one column holds tells what it is.
CONJUNCTIONS = frozenset(
    {"ja", "tai", "seka", "och", "eller", "samt", "and", "or", "y", "o", "und", "oder"}
)
LANGUAGES = (_FINNISH, _SWEDISH, _ENGLISH, _SPANISH, _GERMAN)


_LINE = re.compile(r"^(\w+): ((?:.*)(?:\n .*)*)", re.MULTILINE)
_BINDERS = ("", "s", "n", "en", "ns", "ens", "-")
_SPLIT = re.compile(r"[^\w#]+|_+")


class Term(NamedTuple):
    """What a phrase is a word for, and how sure that is: 2, or 1 for the less certain ones."""

    concept: str
    sureness: int
    leads: bool  # in Spanish the thing comes first and after it what it is of


def fold(text: str) -> str:
    """Small letters without accents, ß as ss."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def words(text: str) -> tuple[str, ...]:
    """The words of a text, folded; signs fall away, but # as it stands for "number"."""
    return tuple(word for word in _SPLIT.split(fold(text)) if word)


def _gather() -> dict[tuple[str, ...], Term]:
    """Each phrase once; the surer meaning wins, then the language that stands first above."""
    terms = {("#",): Term("code", 2, False)}
    for language in LANGUAGES:
        for concept, listed in _LINE.findall(language):
            sure, _, unsure = listed.partition("|")
            for sureness, phrases in ((2, sure), (1, unsure)):
                for phrase in filter(None, map(words, phrases.split(";"))):
                    term = Term(concept, sureness, language is _SPANISH)
                    known = terms.get(phrase)
                    if known is None or known.sureness < sureness:
                        terms[phrase] = term
    return terms


_TERMS = _gather()
_LONGEST = max(map(len, _TERMS))
_LONGEST_WORD = max(len(word) for phrase in _TERMS for word in phrase) + 4


@lru_cache(maxsize=4096)
def _compound(word: str) -> tuple[Term, ...]:
    """The two terms of a word that is put together of them, as Massnahmennummer; else nothing."""
    for place in range(3, min(len(word) - 1, _LONGEST_WORD)):
        last = _TERMS.get((word[place:],))
        if last is None or last.leads:
            continue
        for binder in _BINDERS:
            first = word[:place].removesuffix(binder) if binder else word[:place]
            term = _TERMS.get((first,))
            if term is not None and len(first) > 2 and first + binder == word[:place]:
                return (term, last)
    return ()


def terms(text: tuple[str, ...]) -> list[Term | str]:
    """The words of a text as terms, the longest phrases first; what is not known stays a word."""
    found: list[Term | str] = []
    at = 0
    while at < len(text):
        for length in range(min(_LONGEST, len(text) - at), 0, -1):
            if term := _TERMS.get(text[at : at + length]):
                found.append(term)
                at += length
                break
        else:
            found.extend(_compound(text[at]) or (text[at],))
            at += 1
    return found
