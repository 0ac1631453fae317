"""The teaching page: `pingcang app`.

settings → play → figures and stories → page and callbacks → serve. The server keeps nothing of a student: what a page
shows is a function of its settings, which its browser holds, and of a day.
"""
