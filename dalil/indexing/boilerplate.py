"""Which lines of an article are its main content, and which the page left behind: labels, links, credits, captions.

Only whole lines are left out, and of passages only: the stored text keeps them. A line that could be a sentence of the
article stays; leaving boilerplate in costs a little noise, leaving a sentence out loses an answer.
"""

import re
from collections.abc import Iterator

from dalil.domain import Span
from dalil.text.normalisation import normalise
from dalil.text.sentences import line_spans

BOILERPLATE_VERSION = 1
"""Raised with every change to what is left out: part of every article's version."""

MAX_BOILERPLATE_CHARACTERS = 160
"""Characters; a longer line is always content."""

MAX_CAPTION_CHARACTERS = 80
"""Characters; only shorter lines can be a caption that stands there twice."""

LABELS = """
عاجل | خبر عاجل | خاص | حصري | شارك | شاركها | شاركه | شاركنا | مشاركة | شارك الخبر | شارك المقال | شارك هذا المقال
شارك هذا الخبر | شارك الموضوع | مشاركة الخبر | مشاركة المقال | شارك برأيك | شارك على | شارك عبر | انشر | أرسل | إرسال
نسخ الرابط | انسخ الرابط | تم نسخ الرابط | تم النسخ | رابط مختصر | طباعة | اطبع | حفظ | احفظ | استمع | حجم الخط
تعليق | تعليقات | التعليقات | أضف تعليق | أضف تعليقا | أضف تعليقك | اترك تعليقا | اترك تعليقك | لا توجد تعليقات
اكتب تعليقك | المزيد | للمزيد | اقرأ المزيد | إقرأ المزيد | قراءة المزيد | اقرأ أكثر | عرض المزيد | تحميل المزيد
مشاهدة المزيد | إعلان | إعلانات | إعلان ممول | محتوى ممول | اقرأ أيضا | شاهد أيضا | مواضيع ذات صلة | أخبار ذات صلة
مقالات ذات صلة | موضوعات ذات صلة | موضوعات متعلقة | مواضيع متعلقة | أخبار متعلقة | مقالات متعلقة | ذات صلة
قد يهمك | قد يعجبك | قد يهمك أيضا | قد يعجبك أيضا | الأكثر قراءة | الأكثر مشاهدة | الأكثر تداولا | آخر الأخبار
الوسوم | وسوم | كلمات مفتاحية | الكلمات المفتاحية | كلمات دلالية | الكلمات الدلالية | التالي | السابق | الرئيسية
تابعنا | تابعونا | تابعنا على | تابعونا على | اشترك | اشترك الآن | سجل الآن | تسجيل الدخول | إغلاق
فيسبوك | فيس بوك | تويتر | إكس | واتساب | واتس آب | تيليجرام | تلغرام | تيليغرام | تلجرام | لينكد إن | انستغرام
إنستجرام | يوتيوب | بينتريست | ماسنجر | سناب شات | البريد الإلكتروني | صورة أرشيفية | صورة تعبيرية | أرشيفية
رويترز | أ ف ب | ا ف ب | فرانس برس | أ ب | د ب أ | الأناضول | وكالات | غيتي | جيتي
breaking | breaking news | exclusive | share | share this | share this article | share on | copy link | link copied
print | email | save | comment | comments | add a comment | leave a comment | leave a reply | no comments
advertisement | sponsored | read more | load more | see also | read also | related | related articles | related stories
related topics | more on this story | you may also like | recommended | most read | trending | tags | next | previous
follow us | subscribe | subscribe now | sign in | log in | close | facebook | twitter | x | whatsapp | telegram
linkedin | instagram | youtube | pinterest | messenger | reuters | afp | getty images | file photo | skip to content
"""

_LINK = r"(?:https?://\S+|www\.\S+|[\w.+-]+@[\w-]+\.[\w.-]+|@\w+)"
_PLATFORM = (
    r"(?:فيس ?بوك|تويتر|منصه|تيليجرام|تيليغرام|تلغرام|تلجرام|واتس ?اب|يوتيوب|انستغرام|انستجرام|جوجل|غوغل|"
    r"facebook|twitter|telegram|whatsapp|youtube|instagram|google|social media|مواقع التواصل|وسايل التواصل)"
)
_OURS = r"(?:قناتنا|قنواتنا|صفحتنا|صفحاتنا|حسابنا|حساباتنا|نشرتنا|مجموعتنا|تطبيقنا|النشره البريديه|القايمه البريديه)"

BOILERPLATE_PATTERNS = {
    "see also": r"(?:اقرا(?:وا|ي)? (?:ايضا|كذلك)|قد (?:يهمك|يعجبك) ايضا)\b.*"
    r"|(?:(?:شاهد|طالع|انظر|تابع)(?: ايضا)?|اقرا المزيد|اقرا عن|مواضيع ذات صله|اخبار ذات صله|ذات صله|قد يهمك|"
    r"read more|read also|also read|see also|related|watch) ?[:|].*",
    "more behind a link": r"(?:للمزيد|لقراه|للاطلاع|لمتابعه|لمشاهده|للمشاهده|للاشتراك|لتحميل)\b.*(?:اضغط|انقر)\w* .*"
    r"|(?:اضغط|انقر|click) (?:هنا|here)\b.*",
    "copyright": r"(?:©|\(c\)|copyright \W*\d).{0,100}"
    r"|(?:[^.،:]{0,40}[-–—|©.:،\d] ?)?(?:(?:جميع|كل|كافه) الحقوق|حقوق (?:النشر|الطبع|الطبع والنشر|الملكيه)) "
    r"محفوظه(?: ل\S+(?: \S+){0,4})?[\W\d]*"
    r"|.{0,60}\ball rights reserved\b.{0,40}",
    "follow us": rf"(?:تابعونا|تابعنا|تابعوا|follow us|join us)\b.*(?:{_PLATFORM}|{_OURS}).*"
    rf"|(?:اشترك|اشتركوا|انضم|انضموا|سجل)\b.*{_OURS}.*"
    r"|(?:subscribe to|sign up (?:for|to)|download) our\b.*",
    "bare links": rf"(?:(?:[^:@/.]{{1,30}}:|تويتر|ايميل|twitter|e-?mail)\s*)?{_LINK}(?:[\s,،;|/-]+{_LINK})*\W*",
    "contact the writer": r"(?:للتواصل|لمراسله|للاتصال) (?:مع الكاتب|الكاتب|بالكاتب|مع المحرر)\b.*|للتواصل ارسل .*",
    "credit": r"\(? ?(?:رصد و)?(?:تصوير|الصوره|الصور|photos?(?: by)?|image(?: credit| source)?|credit) ?[:/].{1,60}"
    r"|(?:المصدر|source) ?: ?[^.]{1,40}|صوره? (?:ارشيفيه|تعبيريه|توضيحيه)\b[^.]{0,60}",
    "page dates": r"(?:اخر تحديث|نشر في|نشر بتاريخ|تاريخ النشر|تم النشر|وقت القراه|مده القراه|published|last updated|"
    r"updated|reading time) ?:[^.]*\d.*",
    "gallery": r"(?:next previous|previous next)\b.{0,60}",
}
"""What a folded line (see `dalil.text.normalisation.normalise`) looks like when it is not content, by kind."""

_LABEL = "|".join(
    sorted({normalise(label.strip()) for label in re.split(r"[|\n]", LABELS) if label.strip()}, key=len, reverse=True)
)
_BOILERPLATE = re.compile(
    rf"(?:[\W\d_]*(?:(?<!\w)(?:{_LABEL})(?!\w)[\W\d_]*)+|{'|'.join(BOILERPLATE_PATTERNS.values())})"
)
_FINAL = tuple('.!?؟…:؛،"»”')


def main_content_spans(text: str) -> list[Span]:
    """The runs of content lines of `text`, in order; none where nothing is left.

    A run starts and ends with a character that is not white space and holds no boilerplate line. A line without a
    letter or digit is boilerplate too.
    """
    runs: list[Span] = []
    joined = False
    for line, is_content in _lines(text):
        if is_content and joined:
            runs[-1] = Span(runs[-1].start, line.end)
        elif is_content:
            runs.append(line)
        joined = is_content
    return runs


def is_boilerplate(line: str) -> bool:
    """Whether a line, seen alone, is boilerplate."""
    if len(line) > MAX_BOILERPLATE_CHARACTERS:
        return False
    folded = " ".join(normalise(line).split())
    return not any(map(str.isalnum, folded)) or _BOILERPLATE.fullmatch(folded) is not None


def _lines(text: str) -> Iterator[tuple[Span, bool]]:
    lines = [(span, not is_boilerplate(span.of(text))) for span in line_spans(text)]
    first = next((index for index, (_, is_content) in enumerate(lines) if is_content), 0)
    captions = {
        index + offset
        for index in range(len(lines) - 1)
        for offset in (0, 1)
        if _are_one_caption(text, lines[index][0], lines[index + 1][0])
    } - {first}  # what stands first is the title
    for index, (span, is_content) in enumerate(lines):
        yield span, is_content and index not in captions


def _are_one_caption(text: str, line: Span, following: Span) -> bool:
    """Whether two lines that touch say the same or one begins like the other, and neither is a full sentence."""
    if max(line.end - line.start, following.end - following.start) > MAX_CAPTION_CHARACTERS:
        return False
    if text[line.end : following.start].count("\n") > 1 or line.of(text).endswith(_FINAL):
        return False
    shorter, longer = sorted((normalise(line.of(text)).split(), normalise(following.of(text)).split()), key=len)
    return len(shorter) >= 3 and longer[: len(shorter)] == shorter and not following.of(text).endswith(_FINAL)
