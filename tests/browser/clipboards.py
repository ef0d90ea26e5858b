# ruff: noqa: E501  # Lines as they are on the clipboard.
"""What word processors put on the clipboard, shortened to what matters: their own ways of headings, lists and notes."""

WORD = """<html xmlns:o="urn:schemas-microsoft-com:office:office" xmlns:w="urn:schemas-microsoft-com:office:word">
<head><meta name=Generator content="Microsoft Word 15"><style><!-- p.MsoNormal {margin:0cm;} --></style></head>
<body lang=EN-GB><!--StartFragment-->
<h1><b><span lang=EN-US>What I
did<o:p></o:p></span></b></h1>
<p class=MsoNormal><span lang=EN-US>I asked <b>ten</b> <i style='mso-bidi-font-style:normal'>neighbours</i><a
style='mso-footnote-id:ftn1' href="#_ftn1" name="_ftnref1" title=""><span class=MsoFootnoteReference><span
style='mso-special-character:footnote'><![if !supportFootnotes]><span class=MsoFootnoteReference>[1]</span><![endif]></span></span></a>
and read <a href="https://example.org/paper">a paper</a>.<o:p></o:p></span></p>
<p class=MsoListParagraphCxSpFirst style='text-indent:-18.0pt;mso-list:l0 level1 lfo1'><![if !supportLists]><span
style='font-family:Symbol'><span style='mso-list:Ignore'>·<span style='font:7.0pt "Times New Roman"'>&nbsp;&nbsp;
</span></span></span><![endif]>first<o:p></o:p></p>
<p class=MsoListParagraphCxSpMiddle style='margin-left:72.0pt;text-indent:-18.0pt;mso-list:l0 level2 lfo1'><![if
!supportLists]><span style='mso-list:Ignore'>o<span>&nbsp;</span></span><![endif]>nested<o:p></o:p></p>
<p class=MsoListParagraphCxSpLast style='text-indent:-18.0pt;mso-list:l0 level1 lfo1'><![if !supportLists]><span
style='mso-list:Ignore'>·<span>&nbsp;</span></span><![endif]>second<o:p></o:p></p>
<p class=MsoNormal>Then:</p>
<p class=MsoListParagraph style='mso-list:l1 level1 lfo2'><span style='mso-list:Ignore'>1.<span>&nbsp;</span></span>one</p>
<p class=MsoListParagraph style='mso-list:l1 level1 lfo2'><span style='mso-list:Ignore'>2.<span>&nbsp;</span></span>two</p>
<p class=MsoNormal><span style='color:red;font-size:20.0pt'>Large and red</span><script>alert(1)</script></p>
<!--EndFragment-->
<div style='mso-element:footnote-list'><![if !supportFootnotes]><br clear=all><hr align=left size=1 width="33%"><![endif]>
<div style='mso-element:footnote' id=ftn1><p class=MsoFootnoteText><a style='mso-footnote-id:ftn1' href="#_ftnref1"
name="_ftn1" title=""><span class=MsoFootnoteReference>[1]</span></a><span lang=EN-US> In <i>May</i>.<o:p></o:p></span></p></div>
</div></body></html>"""

WORD_AS_SOURCE = """# What I did

I asked **ten** *neighbours*[^1] and read [a paper](https://example.org/paper).

- first
  - nested
- second

Then:

1. one
2. two

Large and red

[^1]: In *May*."""

GOOGLE = """<meta charset='utf-8'><b style="font-weight:normal;" id="docs-internal-guid-1"><h2 dir="ltr"><span
style="font-size:16pt;font-weight:400;">The first week</span></h2><p dir="ltr"><span style="font-weight:400;">I asked
</span><span style="font-weight:700;">ten</span><span style="font-weight:400;"> </span><span
style="font-weight:400;font-style:italic;">neighbours</span><span style="font-weight:400;">. See </span><a
href="https://example.org/notes"><span style="color:#1155cc;text-decoration:underline;">my notes</span></a><span>.</span></p><br><ul><li
dir="ltr" aria-level="1"><p dir="ltr" role="presentation"><span>first</span></p></li><ul><li dir="ltr" aria-level="2"><p
dir="ltr"><span>nested</span></p></li></ul><li dir="ltr" aria-level="1"><p dir="ltr"><span>second</span></p></li></ul><ol><li
dir="ltr"><p dir="ltr"><span>one</span></p></li><li dir="ltr"><p dir="ltr"><span>two</span></p></li></ol></b><br>"""

GOOGLE_AS_SOURCE = """## The first week

I asked **ten** *neighbours*. See [my notes](https://example.org/notes).

- first
  - nested
- second

1. one
2. two"""

# As Google Docs writes a page with notes, and LibreOffice too: each mark leads to its note, and back.
GOOGLE_NOTES = """<p><span>A claim</span><sup><a href="#ftnt1" id="ftnt_ref1">[1]</a></sup><span> and another</span><sup><a
href="#ftnt2" id="ftnt_ref2">[2]</a></sup></p><hr class="c1"><div><p><a href="#ftnt_ref1"
id="ftnt1">[1]</a><span>&nbsp;One.</span></p></div><div><p><a href="#ftnt_ref2" id="ftnt2">[2]</a><span>&nbsp;Two.</span></p></div>"""

LIBRE_NOTES = """<p>A claim<a class="sdfootnoteanc" name="sdfootnote1anc" href="#sdfootnote1sym"><sup>1</sup></a> here</p>
<div id="sdfootnote1"><p class="sdfootnote"><a class="sdfootnotesym" name="sdfootnote1sym" href="#sdfootnote1anc">1</a> One.</p></div>"""

EVIL = """<p onclick="alert(1)">Words <a href="javascript:alert(1)">no link</a><img src=x onerror="alert(1)"></p>
<iframe src="https://example.org"></iframe><svg><script>alert(1)</script></svg><table><tr><td>cell</td><td>other</td></tr></table>"""
EVIL_AS_SOURCE = "Words no link\n\ncell\n\nother"
