"""Bodies in the shape that AkShare reads, with invented figures: see README.md."""

import datetime as dt
import io
import json

SSE_ROW = {
    **{"ROWNUM_": None, "opDate": "", "rqchl": None, "rqmcl": 0, "rqyl": 0, "rqylje": 0, "rw": None, "rzche": None},
    **{"rzmre": 0, "rzrqjyzl": 0, "rzye": 0, "securityAbbr": None, "stockCode": None},
}
SZSE_HEAD = (
    *("证券代码", "证券简称", "融资买入额(元)", "融资余额(元)", "融券卖出量(股/份)", "融券余量(股/份)"),
    *("融券余额(元)", "融资融券余额(元)"),
)
SZSE_UNITS = {
    **{"jrrzmr": "融资买入额<br>(亿元)", "jrrzye": "融资余额<br>(亿元)", "jrrjmc": "融券卖出量<br>(亿股/亿份)"},
    **{"jrrjyl": "融券余量<br>(亿股/亿份)", "jrrjye": "融券余额<br>(亿元)", "jrrzrjye": "融资融券余额<br>(亿元)"},
}
FIRST = dt.date(2010, 3, 31)


def grown(day):
    """An invented figure that is another each day."""
    return (day - FIRST).days


def sse_total(day):
    balance, lent = 1_000_000_000_000 + 1_000_003 * grown(day), 7_000_000_000 + 7 * grown(day)
    return {
        **SSE_ROW, "opDate": f"{day:%Y%m%d}", "rqmcl": 40_000_000, "rqyl": 1_200_000_000, "rqylje": lent,
        "rzche": 90_000_000_000, "rzmre": 100_000_000_000 + grown(day), "rzrqjyzl": balance + lent, "rzye": balance,
    }  # fmt: skip


def sse_securities(day):
    return [
        {
            **SSE_ROW, "opDate": f"{day:%Y%m%d}", "rqchl": 100, "rqmcl": 200, "rqyl": 3_000, "rqylje": 60_000,
            "rzche": 5_000_000, "rzmre": 6_000_000, "rzrqjyzl": balance + 60_000, "rzye": balance,
            "securityAbbr": name, "stockCode": code,
        }
        for code, name, balance in (
            ("510300", "沪深三百", 900_000_000 + grown(day)),
            ("600000", "甲银行", 2_000_000_000 + grown(day)),
            ("688001", "乙科技", 300_000_000 + grown(day)),
        )
    ]  # fmt: skip


def sse(rows, total=None):
    """The site of Shanghai: the rows twice, and how many there are."""
    page = {
        **{"beginPage": 1, "cacheSize": 1, "data": rows, "endDate": None, "endPage": 5, "objectResult": None},
        **{"pageCount": 1, "pageNo": 1, "pageSize": 5000, "pageSizeWithOutLimit": 5000, "searchDate": None},
        **{"sort": None, "startDate": None, "total": len(rows) if total is None else total},
    }
    return json.dumps(
        {
            "actionErrors": [], "actionMessages": [], "beginDate": "", "detailsDate": "", "endDate": "",
            "fieldErrors": {}, "isPagination": "true", "jsonCallBack": None, "locale": "zh_CN", "pageHelp": page,
            "pageNo": None, "pageSize": None, "queryDate": "", "result": rows, "securityCode": "", "stockCode": "",
            "tabType": "", "texts": None, "type": "", "validateCode": "",
        },
        ensure_ascii=False,
    ).encode()  # fmt: skip


def szse_total(day):
    bought, balance, lent = 800.5, 11_000 + grown(day) / 100, 60.25
    return {
        "jrrzmr": f"{bought:,.2f}", "jrrzye": f"{balance:,.2f}", "jrrjmc": "0.30", "jrrjyl": "8.10",
        "jrrjye": f"{lent:,.2f}", "jrrzrjye": f"{balance + lent:,.2f}",
    }  # fmt: skip


def szse(rows, day):
    """The site of Shenzhen: a list of one report."""
    head = {
        **{"catalogid": "1837_xxpl", "name": "融资融券交易总量", "excel": "xlsx", "pagetype": "vertical"},
        **{"subname": str(day) if rows else "", "tabkey": "tab1", "pagesize": -1, "pageno": 0, "pagecount": 0},
        **{"recordcount": 0, "showrecordcount": False, "cols": SZSE_UNITS},
    }
    return json.dumps([{"metadata": head, "data": rows, "error": None}], ensure_ascii=False).encode()


def szse_securities(day):
    return [
        ("000001", "丙银行", "1,200,000", f"{4_000_000_000 + grown(day):,}", 0, "5,000", "60,000", "4,000,060,000"),
        ("159915", "创&nbsp;业板", "3,400,000", "700,000,000", 1_000, "0", "0", "700,000,000"),
        (
            "300750",
            "丁时代",
            "9,000,000",
            f"{8_000_000_000 + grown(day):,}",
            300,
            "7,000",
            "1,750,000",
            "8,001,750,000",
        ),
    ]


def szse_workbook(rows, head=SZSE_HEAD):
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    for row in (head, *rows):
        sheet.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def eastmoney(days, page, pages):
    """Eastmoney: the newest day first, in pages, with more columns than AkShare keeps."""
    rows = [
        {
            "STATISTICS_DATE": f"{day} 00:00:00", "FIN_BALANCE": 20_000.5 + grown(day), "LOAN_BALANCE": 130.25,
            "FIN_BUY_AMT": 1_900.0, "LOAN_SELL_AMT": 9.5, "SECURITY_ORG_NUM": 97, "OPERATEDEPT_NUM": 12_000,
            "PERSONAL_INVESTOR_NUM": 760.12, "ORG_INVESTOR_NUM": 50_000, "INVESTOR_NUM": 500_000,
            "MARGINLIAB_INVESTOR_NUM": 1_800_000, "TOTAL_GUARANTEE": 70_000.0, "AVG_GUARANTEE_RATIO": 280.5,
            "SCI_CLOSE_PRICE": 3_876.34,
        }
        for day in sorted(days, reverse=True)
    ]  # fmt: skip
    body = {"version": "0", "result": {"pages": pages, "data": rows, "count": len(rows)}, "success": True, "page": page}
    return json.dumps(body).encode()
