"""Which heading means which field, in the languages whose exports people send each other.

The words of Search Console and Keyword Planner follow the language of their user interface; the other tools write English.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

FIELDS = (
    "keyword",
    "volume",
    "volume_low",
    "volume_high",
    "difficulty",
    "intent",
    "country",
    "cpc",
    "position",
    "url",
    "clicks",
    "impressions",
    "group",
    "tags",
)
"""What a column can be taken for."""

CURATED = ("status", "disabled", "volume_override", "difficulty_override")
"""What only a column of our own export is taken for. Its group is the cluster."""

_WORDS: Mapping[str, str] = {
    "keyword": """
        keyword|keywords|key word|keyword(s)|keyword text|query|queries|top queries|search query|search queries|search term|search terms
        |term|phrase|suggestion|suggestions|search phrase|keyphrase|key phrase|search keyword
        |suchbegriff|suchbegriffe|suchanfrage|suchanfragen|häufigste suchanfragen|top suchanfragen|stichwort|stichwörter|schlüsselwort
        |schlüsselwörter|suchwort|suchwörter
        |mot clé|mots clés|mot-clé|mots-clés|requête|requêtes|requêtes les plus fréquentes|requêtes principales|principales requêtes|terme de recherche
        |palabra clave|palabras clave|consulta|consultas|consultas principales|principales consultas|término de búsqueda
        |parola chiave|parole chiave|query principali|principali query|query più frequenti|termine di ricerca
        |palavra chave|palavra-chave|palavras-chave|palavras chave|termo de pesquisa|consultas mais frequentes
        |zoekwoord|zoekwoorden|trefwoord|zoekopdracht|zoekopdrachten|zoekterm|zoektermen|populairste zoekopdrachten|populaire zoekopdrachten
        |słowo kluczowe|słowa kluczowe|zapytanie|zapytania|najczęstsze zapytania|najpopularniejsze zapytania|fraza
        |ключевое слово|ключевые слова|ключевая фраза|запрос|запросы|поисковый запрос|популярные запросы|самые популярные запросы|фраза
        |ключове слово|ключові слова|популярні запити|запит
        |sökord|nyckelord|sökfråga|vanligaste sökfrågorna|vanligaste frågorna|søgeord|søkeord|hyppigste forespørgsler|populære søk|avainsana|hakusana
        |anahtar kelime|sorgu|en popüler sorgular|en çok yapılan sorgular|klíčové slovo|dotaz|nejčastější dotazy|kulcsszó|leggyakoribb lekérdezések
        |cuvânt cheie|cele mai frecvente interogări|λέξη-κλειδί|מילת מפתח|الكلمة الرئيسية|كلمة رئيسية
        |キーワード|検索キーワード|上位のクエリ|クエリ|检索词|关键词|关键字|關鍵字|热门查询|熱門查詢|查询|查詢|키워드|검색어|인기 검색어
    """,
    "volume": """
        volume|search volume|search vol.|search vol|vol.|vol|sv|searches|monthly searches|monthly volume|monthly search volume
        |avg. monthly searches|avg monthly searches|average monthly searches|avg. monthly searches (exact match only)|avg. search volume
        |average search volume|avg. search volume (last known values)|search volume (avg)|local volume|volume (monthly)
        |suchvolumen|suchvolumen/monat|suchvolumen pro monat|suchvolumen monatlich|monatliches suchvolumen|monatliche suchanfragen|durchschnittl. suchanfragen pro monat|durchschn. suchanfragen pro monat
        |durchschnittliche suchanfragen pro monat|durchschnittliche monatliche suchanfragen
        |volume de recherche|recherches mensuelles|recherches mensuelles moyennes|nbre moy. de recherches mensuelles|nombre moyen de recherches mensuelles
        |volumen|volumen de búsqueda|búsquedas mensuales|promedio de búsquedas mensuales|media de búsquedas mensuales|prom. búsquedas mensuales
        |volume di ricerca|ricerche mensili|media ricerche mensili|media delle ricerche mensili
        |volume de pesquisa|volume de busca|pesquisas mensais|média de pesquisas mensais|méd. de pesquisas mensais
        |zoekvolume|gem. maandelijkse zoekopdrachten|gemiddelde aantal maandelijkse zoekopdrachten|maandelijkse zoekopdrachten
        |liczba wyszukiwań|wolumen|śr. mies. liczba wyszukiwań|średnia miesięczna liczba wyszukiwań
        |объем|частота|частотность|объем поиска|объём|ср. число запросов в месяц|среднее число запросов в месяц|кол-во запросов в месяц
        |sökvolym|gsn. sökningar per månad|søgevolumen|søkevolum|hakumäärä|arama hacmi|aylık ort. arama sayısı|hledanost|keresési mennyiség
        |月間平均検索ボリューム|検索ボリューム|月間検索数|搜索量|平均每月搜索量|平均每月搜尋量|검색량|월간 평균 검색량
    """,
    "volume_low": "min volume|min. volume|minimum volume|min search volume|min. search volume|volume min|volume from",
    "volume_high": "max volume|max. volume|maximum volume|max search volume|max. search volume|volume max|volume to",
    "difficulty": """
        difficulty|keyword difficulty|keyword difficulty %|keyword difficulty index|kd|kd%|kd %|kd index|seo difficulty|search difficulty|organic difficulty
        |schwierigkeit|keyword-schwierigkeit|difficulté|difficulté du mot clé|dificultad|dificultad de la palabra clave|difficoltà
        |dificuldade|dificuldade da palavra-chave|moeilijkheid|moeilijkheidsgraad|trudność|trudność słowa kluczowego|сложность
        |сложность ключевого слова|svårighetsgrad|sværhedsgrad|vaikeus|zorluk|obtížnost|難易度|难度|关键词难度|난이도
    """,
    "intent": """
        intent|intents|search intent|keyword intent|keyword intents|user intent|suchintention|intention|intention de recherche|intención
        |intención de búsqueda|intento|intento di ricerca|intenção|intenção de busca|zoekintentie|intencja|интент|намерение|検索意図|搜索意图
    """,
    "country": "country|country code|market|database|locale|location|land|pays|país|paese|kraj|страна|国|国家",
    "cpc": "cpc|avg. cpc|average cpc|cost per click|kosten pro klick|coste por clic|costo per clic|custo por clique|цена клика",
    "position": """
        position|current position|rank|ranking|current rank|avg. position|average position|avg position|organic position|google position
        |durchschnittliche position|posición|posición media|posizione|posizione media|posição|posição média|position moyenne|positie
        |gemiddelde positie|pozycja|średnia pozycja|позиция|средняя позиция|ortalama konum|konum|掲載順位|平均掲載順位|排名|平均排名|게재순위
    """,
    "url": "url|current url|ranking url|landing page|page url|target url|zielseite|адрес|url-адрес",
    "clicks": "clicks|klicks|clics|clic|cliques|kliks|klikken|kliknięcia|клики|klick|tıklamalar|クリック数|点击次数|點擊次數|클릭수",
    "impressions": """
        impressions|impressionen|impresiones|impressioni|impressões|vertoningen|wyświetlenia|показы|visningar|gösterimler|表示回数
        |展示次数|曝光次數|노출수
    """,
    "group": """
        cluster|group|topic|parent keyword|parent topic|keyword group|ad group|topic cluster|gruppe|thema|keyword-gruppe|groupe|grupo|tema
        |gruppo|groep|grupa|temat|кластер|группа|тема|グループ|クラスタ|分组
    """,
    "tags": "tags|tag|labels|label|etiketten|étiquettes|etiquetas|etichette|tagi|метки|теги|タグ|标签",
}

_BY_WORD = {
    word.strip(): field for field, words in _WORDS.items() for word in words.replace("\n", " ").split("|")
}

_CPC = re.compile(r"(?:avg\. )?cpc(?:[ /(]+([a-z]{3})\)?)?")
_FORMS = (
    (
        "volume",
        re.compile(
            r"(?:(?:avg\.?|average|local|monthly|search|google|us|uk) )*(?:volume|searches|vol\.?)(?: \([^)]*\))?"
        ),
    ),
    (
        "difficulty",
        re.compile(
            r"(?:(?:seo|keyword|organic|search|ranking) )*(?:difficulty|kd)(?: ?%)?(?: (?:score|index))?(?: \([^)]*\))?"
        ),
    ),
    (
        "keyword",
        re.compile(
            r"(?:(?:target|main|primary|focus|suggested|related|search) )?(?:keyword|keyphrase|query)(?: (?:idea|ideas|suggestion|suggestions|phrase|name|text))?(?: \([^)]*\))?"
        ),
    ),
)
"""Headings with the usual additions; whole words only, so that "global volume" and single months stay out."""
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_METRIC = re.compile(r".*\d.* (clicks|impressions|position|ctr)")
_ZERO_WIDTH = dict.fromkeys((0x200B, 0x200E, 0x200F, 0x2060, 0xFEFF))

FLAGS = {name: name for name in ("informational", "commercial", "transactional", "navigational")}
"""Headings of columns that say true or false for one intent."""

USELESS: Mapping[str, str] = {
    "global volume": "searches of all countries; only the market's own volume counts",
    "paid difficulty": "difficulty of adverts, not of ranking",
    "competition": "competition among adverts, not difficulty",
    "competition (indexed value)": "competition among adverts, not difficulty",
    "competitive density": "competition among adverts, not difficulty",
    "ppc": "competition among adverts, not difficulty",
    "wettbewerb": "competition among adverts, not difficulty",
    "traffic potential": "visits of the best page, not searches",
    "global traffic potential": "visits of the best page, not searches",
    "top of page bid (low range)": "bids for adverts",
    "top of page bid (high range)": "bids for adverts",
    "suggested bid": "bids for adverts",
    "trend": "a relative curve, not a figure",
    "trends": "a relative curve, not a figure",
    "dynamics": "change since the day before",
}
"""Columns that are easily mistaken for one of ours, with the reason for leaving them."""


def plain(heading: object) -> str:
    """Return a heading as it is compared: composed, one case, without underscores, marks of encoding and double spaces."""
    text = unicodedata.normalize("NFKC", str(heading)).translate(_ZERO_WIDTH)
    return " ".join(text.replace("_", " ").casefold().split()).strip("\"' :*")


def field_of(heading: str) -> str | None:
    """Return the field a plain heading means in any tool, None for one nobody knows."""
    known = _BY_WORD.get(heading)
    if known is not None:
        return known
    if _CPC.fullmatch(heading):
        return "cpc"
    metric = _METRIC.fullmatch(heading)
    if metric:
        return metric[1] if metric[1] != "ctr" else None
    for field, form in _FORMS:
        if form.fullmatch(heading):
            return field
    return "position" if _DATE.fullmatch(heading) else None


def is_date(heading: str) -> bool:
    """Return whether a heading is a day: its column holds the position of that day."""
    return bool(_DATE.fullmatch(heading))


def currency_of(heading: str) -> str:
    """Return the currency that the plain heading of a price names, "" without one."""
    found = _CPC.fullmatch(heading)
    return (found[1] or "").upper() if found else ""


def is_known(heading: str) -> bool:
    """Return whether a cell looks like a heading of any tool."""
    return field_of(heading) is not None or heading in USELESS or heading in FLAGS or heading in _OTHERS


_OTHERS = frozenset(
    {
        *(
            "#",
            "no",
            "no.",
            "nr",
            "currency",
            "ctr",
            "three month change",
            "yoy change",
            "ad impression share",
            "in account?",
            "in plan?",
        ),
        *(
            "cps",
            "last update",
            "serp features",
            "first seen",
            "languages",
            "language",
            "entities",
            "branded",
            "local",
        ),
        *(
            "number of results",
            "previous position",
            "traffic",
            "traffic (%)",
            "traffic cost",
            "timestamp",
            "position type",
        ),
        *("seed keyword", "page", "page type", "click potential", "content references", "competitors"),
        *(
            "keyword interest growth (%)",
            "content type",
            "organic ctr",
            "importance",
            "priority",
            "date analyzed",
        ),
        *("seed", "notes", "note", "comment", "difficulty band", "status", "sector", "industry", "results"),
    }
)
