"""Style and script of the HTML report: all that it needs, in the page itself."""

from __future__ import annotations

from typing import Final

#: Colours are told by words and signs, too; each pair of text and ground has a contrast of 4.5 or more.
STYLE: Final = """
:root { color-scheme: light dark; --ground: #fff; --text: #1b1f24; --faint: #57606a; --line: #d0d7de;
  --shade: #f6f8fa; --link: #0550ae; --pass: #116329; --deny: #a40e26; --warn: #7a4d00; --skip: #57606a;
  --pass-g: #dafbe1; --deny-g: #ffebe9; --warn-g: #fff8c5; }
@media (prefers-color-scheme: dark) { :root { --ground: #0d1117; --text: #e6edf3; --faint: #9da7b3;
  --line: #3d444d; --shade: #161b22; --link: #79c0ff; --pass: #56d364; --deny: #ff9492; --warn: #e3b341;
  --skip: #9da7b3; --pass-g: #12261e; --deny-g: #2d1214; --warn-g: #272115; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 75rem; padding: 1rem; background: var(--ground); color: var(--text);
  font: 1rem/1.5 system-ui, sans-serif; }
h1 { font-size: 1.5rem; margin: 0; } h2 { font-size: 1.2rem; margin: 2rem 0 .5rem; }
h3 { font-size: 1rem; margin: 1.2rem 0 .3rem; overflow-wrap: anywhere; }
header { border: 1px solid var(--line); border-left: .5rem solid var(--skip); padding: .8rem 1rem; }
header.pass { border-left-color: var(--pass); background: var(--pass-g); }
header.deny, header.undecided, header.nothing { border-left-color: var(--deny); background: var(--deny-g); }
header p { margin: .3rem 0 0; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; } caption { text-align: left; color: var(--faint); }
th, td { border: 1px solid var(--line); padding: .25rem .5rem; text-align: left; vertical-align: top;
  overflow-wrap: anywhere; }
thead th { background: var(--shade); } .wide { overflow-x: auto; margin: .5rem 0; } a { color: var(--link); }
.matrix { width: auto; } .matrix th, .matrix td { white-space: nowrap; overflow-wrap: normal; }
.matrix th:first-child { position: sticky; left: 0; background: var(--shade); }
.pass { color: var(--pass); } .deny, .fail, .error, .no-evidence { color: var(--deny); }
.warn { color: var(--warn); } .skip, .info, .waived { color: var(--skip); }
header.pass, header.deny, header.undecided, header.nothing { color: var(--text); }
.word { font-weight: 600; } ul.findings { list-style: none; padding: 0; margin: 0; }
ul.findings > li { border: 1px solid var(--line); margin: .4rem 0; padding: .5rem .8rem;
  overflow-wrap: anywhere; }
.hint { color: var(--faint); } code { font: .9em/1.4 ui-monospace, monospace; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1rem; margin: .5rem 0; }
dt { color: var(--faint); } dd { margin: 0; overflow-wrap: anywhere; }
form { display: flex; flex-wrap: wrap; gap: .5rem 1rem; margin: .5rem 0; }
input, select { font: inherit; color: inherit; background: var(--ground); border: 1px solid var(--faint);
  padding: .2rem .4rem; max-width: 100%; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
summary { cursor: pointer; } [hidden] { display: none !important; }
@media (max-width: 40rem) { dl { grid-template-columns: 1fr; } dt { margin-top: .4rem; } }
@media print { form { display: none; } body { max-width: none; padding: 0; } details > * { display: block; }
  details::details-content { content-visibility: visible; display: block; block-size: auto; }
  h2, h3 { break-after: avoid; } li, tr { break-inside: avoid; } }
"""

#: Without it everything is shown; it only hides what was not asked for.
SCRIPT: Final = """
(function () {
  var form = document.getElementById("filter");
  if (!form) { return; }
  form.hidden = false;
  var items = Array.prototype.slice.call(document.querySelectorAll("[data-severity]"));
  var told = document.getElementById("shown");
  function apply() {
    var word = form.elements.words.value.toLowerCase();
    var severity = form.elements.severity.value;
    var platform = form.elements.platform.value;
    var shown = 0;
    items.forEach(function (item) {
      var fits = (!severity || item.dataset.severity === severity)
        && (!platform || item.dataset.platform === platform)
        && (!word || item.textContent.toLowerCase().indexOf(word) >= 0);
      item.hidden = !fits;
      shown += fits ? 1 : 0;
    });
    document.querySelectorAll("section.about").forEach(function (section) {
      section.hidden = !section.querySelector("[data-severity]:not([hidden])");
    });
    told.textContent = shown + " of " + items.length + " shown";
  }
  form.addEventListener("input", apply);
  form.addEventListener("submit", function (event) { event.preventDefault(); });
  apply();
}());
"""
