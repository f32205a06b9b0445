"""Words of 13 languages, drawn by Zipf's law."""

from bisect import bisect
from collections.abc import Callable, Sequence
from functools import cache
from itertools import accumulate
from random import Random
from typing import Final, TypeAlias

LANGUAGES: Final = {
    "en": 0.44,
    "es": 0.10,
    "pt": 0.06,
    "fr": 0.06,
    "de": 0.05,
    "it": 0.04,
    "ru": 0.06,
    "ja": 0.05,
    "zh": 0.05,
    "ko": 0.03,
    "ar": 0.02,
    "tr": 0.02,
    "pl": 0.02,
}
"""Language codes, and the share of artists who sing in the language."""

SPACELESS: Final = frozenset({"ja", "zh"})


class Words:
    """The words of a language, in bins of words that are equally frequent, most frequent first.

    The first `function_words` are no titles by themselves: "the", "of".
    """

    def __init__(
        self, bins: Sequence[Sequence[str]], frequencies: Sequence[float], function_words: int
    ) -> None:
        self._bins = bins
        weights = [
            len(words) * frequency for words, frequency in zip(bins, frequencies, strict=True)
        ]
        self._cumulative = list(accumulate(weights))
        ranks = accumulate(len(words) for words in bins)
        content = next(n for n, rank in enumerate(ranks) if rank >= function_words)
        self._content_from = self._cumulative[content]
        self.frequent = [word for words in bins[:200] for word in words][:200]
        """The 200 most frequent words, in that order."""

    def draw(self, random: Random) -> str:
        return self._draw(random, 0.0)

    def draw_content(self, random: Random) -> str:
        """A word that is not one of the most frequent ones."""
        return self._draw(random, self._content_from)

    def _draw(self, random: Random, low: float) -> str:
        at = low + random.random() * (self._cumulative[-1] - low)
        words = self._bins[min(bisect(self._cumulative, at), len(self._bins) - 1)]
        return words[int(random.random() * len(words))]


Lexicon: TypeAlias = Callable[[str], Words]
"""The words of a language."""


@cache
def _lexicon(language: str) -> Words:
    function, content = _FUNCTION[language].split(), _CONTENT[language].split()
    bins = [[word] for word in [*function, *content]]
    return Words(bins, [1 / (rank + 3) for rank in range(len(bins))], len(function))


def lexicon(language: str) -> Words:
    """A hundred or so words that songs are made of."""
    return _lexicon(language)


_FUNCTION: Final = {
    "en": "the you i a to my in of me it and on your is for all with be we this no what",
    "es": "de la que el en y a los no te mi tu me un por con una se lo para",
    "pt": "de o a que e do da em não você um meu eu me para com uma no te",
    "fr": "de la le et les des en un je une que tu est pour dans mon ma moi pas",
    "de": "der die und in du ich das ist nicht ein zu mit von mir so es dich auf wir",
    "it": "di che la il un e non è per mi ti in una io tu con se ma del",
    "ru": "и в не на я что ты с мы как по это мой моя нет без за от для",
    "ja": "の に は を が と で も な い ない",
    "zh": "的 我 你 是 不 在 了 有 一 和 就",
    "ko": "그 너 나 내 이 우리 또 다시 그대 모든 안",
    "ar": "في من على يا انا انت ما لا كل هو هي الى مع",
    "tr": "bir ve bu sen ben ne için de benim seni gibi her yok daha çok",
    "pl": "w nie i to na się z ja ty jest do mi jak ten bez co mój",
}
_CONTENT: Final = {
    "en": "love night time heart baby day life world girl home dream light fire blue rain "
    "dance sun good back never away tonight gone down long summer sky eyes river road moon man "
    "angel star wild little black white gold money city morning sweet song soul rock sea forever "
    "lost free high stay run crazy alone broken boy music rose winter mother water shadow wind "
    "train king queen devil heaven memory diamond kiss ghost mirror window hurricane paradise "
    "electric velvet silver thunder midnight electricity gravity satellite carousel lighthouse "
    "avalanche kaleidoscope",
    "es": "amor corazón noche vida mundo día cielo luna sol mar fuego baile beso ojos sueño "
    "tiempo alma fiesta canción mujer niña camino luz rosa lluvia libre loca playa verano dolor "
    "flor mañana adiós tierra sangre río guitarra mariposa estrella quiero bailar señorita "
    "despacio corazones recuerdo silencio",
    "pt": "amor coração noite vida mundo saudade mar sol lua samba dia céu tempo beijo flor "
    "menina sonho praia rio verão alma canção chuva luz estrada terra morena alegria ilusão "
    "garota carnaval felicidade manhã janela solidão",
    "fr": "amour nuit vie cœur monde jour soleil temps mer ciel rêve chanson fille danse lune "
    "pluie été rose étoile feu adieu jamais enfant ville hiver oiseau silence chemin lumière "
    "baiser bonheur fenêtre océan papillon",
    "de": "liebe nacht herz leben welt zeit tag himmel traum licht sonne mond mädchen feuer "
    "regen sommer lied meer stern straße stadt freiheit tanz wind seele weg engel kind morgen "
    "schön für immer blume winter geist größe süß",
    "it": "amore notte cuore vita mondo sole mare cielo tempo luna sogno donna giorno canzone "
    "bella estate stella ragazza bacio strada fuoco anima pioggia libertà città vento luce "
    "ballo felicità perché addio",
    "ru": "любовь ночь сердце жизнь день мир небо солнце дождь время мечта песня звезда город "
    "весна зима дорога огонь море душа луна снег танец утро ветер дом счастье свет девочка "
    "поезд цветы война лето",
    "ja": "愛 夢 夜 花 恋 空 君 星 月 海 心 雨 夏 風 涙 光 桜 世界 時間 東京 明日 青春 雪 "
    "ありがとう さよなら ラブ メモリー ロマンス",
    "zh": "爱 心 夜 梦 天空 月亮 雨 时间 世界 花 风 海 回忆 青春 星 故事 朋友 快乐 眼泪 秋天 "
    "夏天 自由 太阳 温柔 北京 离开 夜曲",
    "ko": "사랑 밤 마음 하늘 꿈 봄 별 눈물 바람 비 노래 달 세상 오늘 시간 여름 겨울 꽃 바다 "
    "안녕 기억 소녀 빛 편지 서울",
    "ar": "حبيبي قلبي ليل حب عمري قمر شمس عيون دنيا ليلة روح يوم سلام حلم بحر غرام شوق ورد نور",
    "tr": "aşk gece kalp hayat dünya gün yıldız güneş deniz rüya şarkı gözlerin yağmur ay "
    "güzel sevgili yalnız ateş yol bahar gönül rüzgâr kış çiçek İstanbul",
    "pl": "miłość noc serce życie świat dzień niebo słońce czas sen deszcz gwiazda morze ogień "
    "piosenka dziewczyna lato droga wiatr księżyc dom światło zima łza jesień cisza",
}
