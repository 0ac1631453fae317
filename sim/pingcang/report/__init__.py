"""`pingcang report`: one page of HTML that tells a dataset, or two, in the order that readers of stress tests know.

`write.write_report` makes the page; a file of `sections/` makes one of its sections; `blocks` is what sections are made
of; `drawing` is the style of the figures; `page.html.j2` and `style.css` are the page itself.
"""
