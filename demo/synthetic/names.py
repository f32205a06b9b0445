"""Names of people and bands, in the scripts of their languages."""

from collections.abc import Callable
from random import Random
from typing import Final

from demo.synthetic.words import Lexicon, Words

# Common first and family names, by language; the languages that are not here take English ones.
_FIRST_TEXT: Final = {
    "en": "James Mary John Linda Robert Susan Michael Karen David Nancy William Lisa Richard Emma "
    "Joseph Olivia Thomas Ava Charles Sophia Daniel Mia Matthew Chloe Anthony Grace Mark Ella Paul "
    "Zoe Steven Ruby Andrew Lily Kenneth Alice Joshua Hazel Kevin Violet Brian Ivy George Stella "
    "Timothy Nora Ronald Lucy Jason Bonnie Ryan Taylor Jacob Billie Gary Dolly Eric Amy Stephen "
    "Adele Larry Kate Justin Sade Scott Norah Brandon Patti Frank Janis Benjamin Etta Samuel Nina",
    "es": "José María Juan Carmen Luis Ana Carlos Laura Jesús Lucía Javier Sofía Miguel Paula "
    "Ángel Elena Rafael Rosalía Alejandro Natalia Diego Shakira Andrés Karol Álvaro Inés",
    "pt": "João Maria Antônio Ana Francisco Beatriz Pedro Inês Caetano Marisa Gilberto Elis Tomé "
    "Gal Vinícius Anitta Jorge Luísa Sérgio Conceição",
    "fr": "Jean Marie Pierre Céline Michel Françoise André Édith Philippe Zoé Louis Hélène "
    "François Chloé Étienne Aurélie Théo Léa Benoît Agnès Loïc Maëlle",
    "de": "Hans Anna Peter Ursula Wolfgang Monika Jürgen Jörg Sabine Günther Käthe Stefan Heike "
    "Björn Lena Matthias Nena Lukas Änne Friedrich Grete",
    "it": "Giuseppe Maria Giovanni Anna Antonio Giulia Mario Chiara Luca Elisa Lorenzo Laura "
    "Niccolò Mina Andrea Gianna Eros Noemi",
    "ru": "Александр Мария Дмитрий Анна Сергей Елена Андрей Ольга Алексей Татьяна Михаил Наталья "
    "Иван Алла Виктор Земфира Борис Людмила Фёдор Полина Пётр Зоя",
    "ar": "محمد أحمد علي عمر يوسف فاطمة مريم نانسي عمرو كاظم إليسا حسين خالد "
    "أم ليلى سميرة عبد فيروز",
    "tr": "Mehmet Ayşe Mustafa Fatma Ahmet Emine Ali Sezen Hüseyin Gülşen İbrahim Şebnem Barış "
    "Çiğdem Tarkan Özlem",
    "pl": "Jan Anna Andrzej Maria Piotr Katarzyna Krzysztof Małgorzata Stanisław Łucja Paweł "
    "Żaneta Michał Zofia Tomasz Dawid",
}
_FAMILY_TEXT: Final = {
    "en": "Smith Johnson Williams Brown Jones Garcia Miller Davis Wilson Anderson Thomas Taylor "
    "Moore Jackson Martin Lee Thompson White Harris Clark Lewis Robinson Walker Young Allen King "
    "Wright Scott Hill Green Adams Nelson Baker Hall Campbell Mitchell Carter Roberts O'Connor "
    "McCartney Cash Parker Evans Collins Stewart Morris Rogers Reed Cook Morgan Bell Murphy Bailey",
    "es": "García Rodríguez González Fernández López Martínez Sánchez Pérez Gómez Martín Jiménez "
    "Ruiz Hernández Díaz Moreno Muñoz Álvarez Romero Núñez Ibáñez Peña",
    "pt": "Silva Santos Oliveira Souza Lima Pereira Ferreira Costa Gonçalves Araújo Conceição "
    "Magalhães Brandão Jobim Veloso",
    "fr": "Martin Bernard Dubois Durand Lefèvre Moreau Laurent Girard Lefébvre Besançon Château "
    "Gainsbourg Brel Desprès Noël Béranger",
    "de": "Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schäfer Köhler Strauß Groß "
    "Weiß Lindenberg Grönemeyer Jäger",
    "it": "Rossi Russo Ferrari Esposito Bianchi Romano Colombo Ricci Marino Greco Conti D'Angelo "
    "Ramazzotti De Luca",
    "ru": "Иванов Смирнов Кузнецов Попов Соколов Лебедев Козлов Новиков Морозов Петров Волков "
    "Соловьёв Цой Гребенщиков Шевчук Пугачёва Королёв",
    "ar": "المصري السوري الحداد العبدالله حسن منصور الشريف عجرم دياب الساهر كلثوم النجار",
    "tr": "Yılmaz Kaya Demir Çelik Şahin Yıldız Öztürk Aydın Arslan Doğan Koç Güneş Aksu Gündüz",
    "pl": "Nowak Kowalski Wiśniewski Wójcik Kowalczyk Kamiński Zieliński Szymański Woźniak "
    "Dąbrowski Niemen Górniak Żak",
}
_FIRST: Final = {language: names.split() for language, names in _FIRST_TEXT.items()}
_FAMILY: Final = {language: names.split() for language, names in _FAMILY_TEXT.items()}
_SURNAMES_ZH: Final = "王李张刘陈杨黄赵周吴徐孙朱马胡郭林何高梁郑罗宋谢唐韩曹许邓萧"
_GIVEN_ZH: Final = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉梅建国文辉力志健俊帆雪荣爱妹宁珍莉贵福玲琴伦"
)
_SURNAMES_JA: Final = [
    "佐藤",
    "鈴木",
    "高橋",
    "田中",
    "伊藤",
    "渡辺",
    "山本",
    "中村",
    "小林",
    "加藤",
    "吉田",
    "山田",
    "佐々木",
    "山口",
    "松本",
    "井上",
    "木村",
    "清水",
    "椎名",
    "宇多田",
]
_GIVEN_JA: Final = [
    "陽葵",
    "蓮",
    "結衣",
    "湊",
    "さくら",
    "大輝",
    "ひかる",
    "健",
    "美咲",
    "翔太",
    "愛",
    "拓海",
    "林檎",
    "直樹",
    "七海",
    "あいみょん",
    "誠",
    "玲奈",
    "まり",
    "悠",
]
_KATAKANA: Final = [
    "ア",
    "イ",
    "カ",
    "キ",
    "ク",
    "コ",
    "サ",
    "シ",
    "ス",
    "タ",
    "チ",
    "ト",
    "ナ",
    "ニ",
    "ノ",
    "マ",
    "ミ",
    "ラ",
    "リ",
    "ル",
    "レ",
    "ロ",
    "ン",
    "ー",
]
_SURNAMES_KO: Final = "김이박최정강조윤장임한오서신권황안송류홍"
_GIVEN_KO: Final = "민서지우도윤하준예은시주수아현진영혜미경태연유나소라성호재희선"
_ONSETS: Final = [
    "b",
    "br",
    "c",
    "ch",
    "d",
    "dr",
    "f",
    "fl",
    "g",
    "gr",
    "h",
    "j",
    "k",
    "kl",
    "l",
    "m",
    "n",
    "p",
    "pr",
    "qu",
    "r",
    "s",
    "sh",
    "sk",
    "st",
    "t",
    "tr",
    "v",
    "w",
    "z",
]
_VOWELS: Final = ["a", "e", "i", "o", "u", "ai", "ea", "ee", "ie", "oo", "ou"]
_CODAS: Final = ["", "n", "r", "l", "s", "t", "m", "nd", "rk", "ll", "ck", "ss", "rt", "x", "ng"]
_SYMBOLIC: Final = (
    "!!!",
    "AC/DC",
    "P!nk",
    "Ke$ha",
    "*NSYNC",
    "m/a/r/r/s",
    "A$AP {}",
    "M.I.A.",
    "(( {} ))",
    "{}?",
    "will.i.{}",
    "+{}",
    "{}!",
    "N.E.R.D",
    "†††",
    "R.{}.M.",
    "$uicide{}",
    "{} ∆",
    "BØRN{}",
    "3OH!{}",
)


def invented(random: Random) -> str:
    """A family or band name that sounds like one and may well be the only one of its kind."""
    syllables = random.choice((1, 2, 2, 2, 3))
    sounds = [random.choice(part) for _ in range(syllables) for part in (_ONSETS, _VOWELS, _CODAS)]
    return "".join(sounds).capitalize()


def person(random: Random, language: str) -> str:
    if language == "zh":
        given = "".join(random.choices(_GIVEN_ZH, k=random.choice((1, 2, 2))))
        return random.choice(_SURNAMES_ZH) + given
    if language == "ja":
        return random.choice(_SURNAMES_JA) + random.choice(_GIVEN_JA)
    if language == "ko":
        return random.choice(_SURNAMES_KO) + "".join(random.choices(_GIVEN_KO, k=2))
    first = random.choice(_listed(_FIRST, language))
    rare = language not in ("ru", "ar") and random.random() < 0.5
    return f"{first} {invented(random) if rare else random.choice(_listed(_FAMILY, language))}"


def band(random: Random, language: str, words_of: Lexicon) -> str:
    words = words_of(language)
    if language == "ja" and random.random() < 0.5:
        return "".join(random.choices(_KATAKANA, k=random.randint(3, 6)))
    if language in ("zh", "ja"):
        return words.draw_content(random) + words.draw_content(random)
    return random.choice(_BANDS)(random, language, words)


def artist_name(random: Random, language: str, words_of: Lexicon) -> str:
    """A name as it is printed on a record."""
    luck = random.random()
    if luck < 0.01:
        return random.choice(_SYMBOLIC).format(invented(random))
    if luck < 0.50:
        return person(random, language)
    if language in ("ja", "zh", "ko", "ru", "ar") and luck < 0.62:
        language = "en"  # many bands there have English names
    return band(random, language, words_of)


def _listed(names: dict[str, list[str]], language: str) -> list[str]:
    return names.get(language) or names["en"]


def _word(random: Random, words: Words) -> str:
    return words.draw_content(random).capitalize()


_BANDS: Final[tuple[Callable[[Random, str, Words], str], ...]] = (
    lambda random, _, words: f"The {_word(random, words)}s",
    lambda random, _, words: f"{_word(random, words)} {_word(random, words)}",
    lambda random, _, words: f"{_word(random, words)} {_word(random, words)}",
    lambda random, _, words: f"{invented(random)} and the {_word(random, words)}s",
    lambda random, _, words: f"{_word(random, words)} & {_word(random, words)}",
    lambda random, *_: f"DJ {invented(random)}",
    lambda random, *_: f"MC {invented(random)}",
    lambda random, *_: invented(random),
    lambda random, *_: invented(random).upper(),
    lambda random, _, words: _word(random, words),
    lambda random, _, words: f"{_word(random, words)} {random.randint(1, 99)}",
    lambda random, language, _: f"{person(random, language)} Trio",
)
