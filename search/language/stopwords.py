"""Words that say nothing of a subject: Arabic, Moroccan in both scripts, French, English.

Written folded or not; `search.language.analysis` folds them. They are stored and matched like any
other word; only a query does without them, while it has others.
"""

ARABIC = """
    في من على إلى عن مع هذا هذه ذلك تلك التي الذي الذين اللذين اللتين اللواتي ما ماذا لماذا مما عما
    هل كيف متى أين أي أية كم أن إن كان كانت كانوا يكون تكون ليس ليست قد لقد كل بعض غير بين بينما بعد
    قبل عند عندما حيث حتى إذا إذ لو لولا لم لن لا ثم أو أم بل لكن ف هو هي هم هن نحن أنا أنت أنتم
    كما مثل منذ خلال ضد نحو حول فوق تحت أمام وراء دون سوى إنه إنها أنه أنها فيه فيها منه منها
    عليه عليها به بها له لها لهم إليه إليها لدى أيضا هناك هنا إلا أما ضمن عبر جدا ذات بأن لأن كأن
"""

DARIJA = """
    ديال ديالي ديالك ديالو ديالها ديالنا ديالكم ديالهم د دي اللي لي شنو شناهو آش أش علاش كيفاش فين
    فوقاش وقتاش شكون شحال واش شي حنا احنا هاد هادي هادو هادا داك ديك دوك داكشي باش حيت حيتاش بلي ملي
    ماشي راه راها راهم غير بحال بزاف دابا عاد كاين كاينة تاع ديما هادشي
"""

DARIJA_IN_LATIN = """
    dyal dial dyali dyalek dyalo dyalha dyalna dyalkom dyalhom d f b l o w u lli li chno chnou
    chnowa achno wach wash 3lach 3lash kifach kifash fin fayn feen fo9ach we9tach chkoun chkon
    ch7al chhal bch7al bchhal chi 7na hna had hadi hado dak dik hadchi dakchi bach bash 7it
    7itach beli melli mli machi rah raha rahom bhal b7al bzaf bezzaf daba 3ad kayn kayna ta3 3la
    3nd 3end men mn m3a ila wla bla ma hadik hadak dima
"""

FRENCH = """
    le la les l un une des du de d et en à au aux ce cette ces qui que quoi dont où est sont
    a ont dans sur pour par avec sans ne pas plus se sa son ses leur leurs il elle ils elles on
    nous vous y s n c j qu été être fait comme mais ou si entre vers chez sous
"""

ENGLISH = """
    the of and to in is are was were on for with by at from that this these those it
    its as an be has have had or not what which who when where how why do does did s t
    into after about over will their his her they he she we you i but than then been
"""

STOP_WORDS = frozenset(f"{ARABIC} {DARIJA} {DARIJA_IN_LATIN} {FRENCH} {ENGLISH}".split())
