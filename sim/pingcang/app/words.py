"""Every text of the page, in one place. Terms are those of docs/glossary.md; translations: locale/*/app.po."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class LeverWords:
    """The name of a slider, what it is in one sentence, and why a scenario may lack it."""

    name: str
    meaning: str
    missing: str = ""


LEVER_WORDS = {
    "close_out_line": LeverWords(
        "Close-out line",
        "Maintenance ratio (assets over debt) below which an account is called.",
        "accounts are judged by required margin",
    ),
    "initial_margin": LeverWords("Initial margin", "Own money that a new loan needs, as a share of the loan."),
    "leverage": LeverWords("Leverage", "Debt of brokers' clients on the same assets; 1 is the scenario's own."),
    "marginable": LeverWords("Marginable stocks", "How many stocks, the largest ones, may be bought on credit."),
    "shadow": LeverWords(
        "Shadow finance", "Loans outside the brokers; 1 is the scenario's own.", "there are no shadow lenders"
    ),
    "rescue": LeverWords(
        "Rescue", "Purchases of the national team; 1 is the scenario's own.", "there is no rescue in this scenario"
    ),
}
BAND = "Price limit"
BAND_MEANING = "How far a price may move in a day."
BAND_WORDS = {"own": "the scenario's", "0.05": "±5 %", "0.1": "±10 %", "0.2": "±20 %", "none": "none"}

TITLE = "Pingcang"
LEAD = "When prices fall, indebted accounts are sold out, and their sales make prices fall. Move a rule and see."
TO_RULES = "To the scenario and its rules"
SCENARIO, DAYS, SEED = "Scenario", "Trading days", "Seed of the random numbers"
RULES = {"a": "Rule set A", "b": "Rule set B"}
COMPARE = "Compare with a second rule set on the same random numbers"
DAY, STEP, PLAY, PAUSE, RESET = "Day shown", "Step", "Play", "Pause", "Reset"
REFUSED = "Refused; the page still shows the last settings that were allowed."
LANGUAGE = "Language"
LANGUAGE_NAMES = {"en": "English", "zh": "中文"}
MALFORMED = "settings: what the browser sent cannot be read; reload the page"
NOT_SETTINGS = "settings: found {found}; reload the page"
NOT_AMONG = "{what}: found {found}, must be one of {choices}"
NOT_LEVERS = "levers: found {found}, must be among {choices}"
NOT_WHOLE = "{what}: found {found}, must be a whole number from {low} to {high}"
NOT_WITHIN = "{what}: found {found}, must be a number from {low:g} to {high:g}"
NOT_MOVABLE = "{what}: found {found}, cannot be moved here: {missing}"
REFUSED_NAMES = {"days": "days", "seed": "seed", "scenario": "scenario", "band": "price limit"}
GET_YAML, GET_NETCDF = "Scenario (YAML)", "Run (netCDF)"
DOWNLOADS = "Download"
NO_NETCDF = "netCDF needs a library that the server lacks: pip install 'pingcang[netcdf]' there, then start it again."
NOTE = (
    "Teaching scale: one account in {grown}, {sessions} sessions a day. Money and counts are shown for the whole "
    "market. For numbers to quote, run the downloaded scenario at a larger scale."
)
NOTE_WHOLE = "A small market, simulated whole: every number can be checked by hand."

PICTURES = {
    "index": ("Index", "What the feedback adds to the fall is the gap between the two lines."),
    "balance": ("Margin loans", "What accounts owe to brokers and to shadow lenders, whole market."),
    "flow": ("Forced sales", "What lenders sold each day, whatever the price, whole market."),
    "map": ("Stocks at the close", "Each square is a stock: board under board, the largest float top left."),
    "accounts": (
        "Accounts by distance to their line",
        "Each dot is an account: how far its assets may fall until it stands at its close-out line (0). Left of the "
        "line it is called or sold out. What lies beyond the edges stands at them. The bars count all accounts.",
    ),
}
INDEX_AXIS = "index, start = 100"
FLOW_AXIS = "{unit} a day"
DISTANCE_AXIS = "distance to the line, % of assets"
DEBT_AXIS = "debt, {unit}"
COUNT_AXIS = "accounts"
WITH, WITHOUT = "with feedback", "without feedback"
BROKERS, SHADOW = "brokers", "shadow lenders"
STATUS = ("suspended", "traded", "at limit-down", "at limit-up")
STATES = {"NORMAL": "normal", "CALLED": "called", "FORCED": "being sold out", "CLOSED": "closed out"}
DATE_AXIS = "date"

STORY = "The story of an account"
STORY_HINT = "Click a dot in the picture of accounts, or choose one here (nearest to its line first)."
STORY_HEAD = "{account} owns {assets} and owes {owed} on {date}: maintenance ratio {ratio}. On {last}: {end}."
CALLS_AT_END, LOSS_AT_END, LISTED = "calls: {count}", "the lender lost {amount}", ", "
STORY_COLUMNS = ("date", "event", "ratio", "what happened")
NOTHING_HAPPENED = "Nothing was ordered, called or sold."
NO_ACCOUNT = "account: found {found}; choose one of the list"
CHOOSE = "Choose an account"
NO_DEBT = "none, no debt"

NUMBERS = "In numbers, up to this day"
NUMBER_ROWS = {
    "index": "Index",
    "drawdown": "Deepest fall so far",
    "without": "Deepest fall without feedback",
    "limit_down": "Stocks at limit-down",
    "calls": "Margin calls so far",
    "forced": "Forced sales so far",
    "loss": "Loss of lenders so far",
}
GLOSSARY = "Words"
GLOSSARY_ROWS = (
    ("Maintenance ratio (维持担保比例)", "Assets of an account over its debt. 1.5 means 150 yuan owned for 100 owed."),
    (
        "Close-out line (平仓线)",
        "An account whose ratio is below this line at the close gets a call. If it does not pay, it is sold out.",
    ),
    ("Margin call (追保)", "The demand to pay in. In China the account usually has two trading days."),
    ("Forced sale (强制平仓)", "A sale by the lender, whatever the price."),
    ("Limit-down (跌停)", "A price that has fallen as far as is allowed in a day. There may be no buyer."),
    (
        "Feedback",
        "Sales of margin accounts press prices, and lower prices make further sales. Without feedback only news and "
        "other traders move prices; the difference is what margin orders add.",
    ),
    ("Shadow finance (场外配资)", "Loans outside the brokers, at higher leverage and tighter lines."),
    ("National team (国家队)", "Buyers on behalf of the state."),
)
