"""Writes Tests/FormatsTests/Templates/snippets.json: small templates, and what Jinja as transformers sets it up makes of them.

    python Tests/Interop/template_vectors.py

Run it again after adding a snippet; `ChatTemplateTests` reads the file.
"""

import json
from pathlib import Path

from transformers.utils.chat_template_utils import _compile_jinja_template

FILE = Path(__file__).parents[1] / "FormatsTests" / "Templates" / "snippets.json"

VARIABLES = {
    "messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Yo é 日本"}],
    "tools": None,
    "n": 3,
    "x": 1.5,
    "text": "  Hello, World  ",
    "words": ["beta", "Alpha", "gamma", "alpha"],
    "nothing": None,
    "yes": True,
    "map": {"b": 1, "a": [1, 2.0, None, True, "x\n\"'"], "items": 7},
    "people": [{"name": "Bo", "age": 3}, {"name": "Al", "age": 10}, {"name": "Cy", "age": 3}],
    "empty": [],
    "nested": [[1, 2], [3, [4, 5]]],
}

SNIPPETS = r"""
{{ n + 1 }} {{ n - 5 }} {{ n * 2 }} {{ n / 2 }} {{ n // 2 }} {{ n % 2 }} {{ n ** 3 }} {{ -n }} {{ +n }}
{{ -7 // 2 }} {{ -7 % 3 }} {{ 7 % -3 }} {{ 7 // -2 }} {{ 7.5 // 2 }} {{ -7.5 % 2 }} {{ 2 ** -1 }} {{ 2 ** 0.5 }}
{{ 1.0 }} {{ 1e-7 }} {{ 1e16 }} {{ 123456789012345680.0 }} {{ 0.1 + 0.2 }} {{ 1e22 }} {{ 5e-324 }} {{ 1_000 }} {{ 0x1F }} {{ 0b101 }} {{ 0o17 }}
{{ 1 == 1.0 }} {{ true == 1 }} {{ 'a' < 'b' }} {{ 1 < 2 < 3 }} {{ 1 < 2 > 3 }} {{ [1, 2] < [1, 3] }} {{ not n }} {{ n and x }} {{ 0 or 'z' }}
{{ 'ell' in text }} {{ 'q' not in text }} {{ 'b' in map }} {{ 2 in [1, 2] }} {{ 2.0 in [1, 2] }} {{ missing in [1] }}
{{ 'a' ~ 1 ~ none ~ 1.5 ~ true ~ missing ~ [1, 'b'] }}
{{ [1, 'a', "it's", 'q"', none, true, 1.5, (1,), (1, 2), {}, {'a': [1]}] }}
{{ "\x41\u00e9\U0001f600\n\t\\\'\"\a\101\q" }}
{{ 'a' 'b' "c" }}
{{ 'yes' if n == 3 else 'no' }} {{ 'only' if n == 4 }}|{{ 'a' if false else 'b' if false else 'c' }}
{{ text | trim }}|{{ text | upper }}|{{ text | lower }}|{{ text | length }}|{{ text | title }}|{{ text | capitalize }}
{{ text.strip() }}|{{ text.lstrip() }}|{{ text.rstrip() }}|{{ text.strip(' H') }}|{{ text.title() }}|{{ text.swapcase() }}
{{ 'a,b,,c'.split(',') }} {{ ' a  b '.split() }} {{ 'a b c d'.split(' ', 2) }} {{ 'a b c d'.rsplit(' ', 1) }} {{ ' a  b c '.split(none, 1) }}
{{ 'abcabc'.find('c') }} {{ 'abcabc'.rfind('b') }} {{ 'abc'.find('z') }} {{ 'abcabc'.count('a') }} {{ 'abc'.index('b') }}
{{ 'abc'.startswith('ab') }} {{ 'abc'.endswith(('x', 'bc')) }} {{ 'abc'.removeprefix('a') }} {{ 'abc'.removesuffix('c') }}
{{ 'aXbX'.replace('X', '--') }} {{ 'aXbX'.replace('X', '', 1) }} {{ 'ab'.replace('', '.') }} {{ 'aXbX' | replace('X', 'y') }}
{{ 'abc'.partition('b') }} {{ 'abc'.rpartition('z') }} {{ 'a\nb\r\nc'.splitlines() }}
{{ '-'.join(['a', 'b']) }} {{ ['a', 1, none] | join(', ') }} {{ people | join('/', attribute='name') }}
{{ '5'.isdigit() }} {{ 'a5'.isalnum() }} {{ 'a'.isalpha() }} {{ ' '.isspace() }} {{ 'AB'.isupper() }} {{ 'ab'.islower() }} {{ ''.isdigit() }} {{ '²'.isdigit() }} {{ '½'.isnumeric() }}
{{ '5'.zfill(3) }} {{ '-5'.zfill(4) }} {{ 'a'.center(4) }}| {{ 'ab'.center(5, '*') }} {{ 'a'.ljust(3) }}| {{ 'a'.rjust(3) }}|
{{ 'é日本👍'[1] }} {{ 'é日本👍' | length }} {{ 'é日本👍'[::-1] }} {{ 'e\u0301' | length }} {{ 'e\u0301' == 'é' }}
{{ words[0] }} {{ words[-1] }} {{ words[9] }} {{ words[1:3] }} {{ words[::-1] }} {{ words[-2:] }} {{ words[:-1] }} {{ words[::2] }} {{ words[5:] }}
{{ map.b }} {{ map['b'] }} {{ map.zz }} {{ map.get('b') }} {{ map.get('zz') }} {{ map.get('zz', 4) }} {{ map['items'] }} {{ map.keys() | list }} {{ map.values() | list | length }}
{% for k, v in map.items() %}{{ k }}={{ v }};{% endfor %}
{% for k, v in map | dictsort %}{{ k }}={{ v }};{% endfor %}
{% for k in map %}{{ k }}{% endfor %}
{{ map }}
{{ map | tojson }} {{ map | tojson(indent=2) }} {{ 'é<&>\u2028\x01' | tojson }} {{ 'é👍' | tojson(ensure_ascii=true) }} {{ map | tojson(sort_keys=true) }} {{ [1, [], {}] | tojson(indent=1) }} {{ [1,2] | tojson(separators=(',', ':')) }}
{{ 1.0 | tojson }} {{ 1e-7 | tojson }} {{ 1e16 | tojson }} {{ none | tojson }} {{ true | tojson }} {{ (1, 2) | tojson }} {{ {1: 2, none: 3, true: 4} | tojson }}
{{ words | sort }} {{ words | sort(reverse=true) }} {{ words | sort(case_sensitive=true) }} {{ people | sort(attribute='age') | map(attribute='name') | list }}
{{ words | first }} {{ words | last }} {{ empty | first }} {{ words | length }} {{ words | reverse | list }} {{ 'abc' | reverse }} {{ words | unique | list }}
{{ words | map('upper') | list }} {{ words | map('replace', 'a', 'o') | join }} {{ people | map(attribute='age') | sum }} {{ people | sum(attribute='age') }}
{{ people | selectattr('age', 'equalto', 3) | map(attribute='name') | join(',') }} {{ people | rejectattr('age', 'gt', 5) | list | length }} {{ [0, 1, '', 'a'] | select | list }} {{ [1, 2, 3] | select('odd') | list }} {{ [1, none] | reject('none') | list }}
{{ people | selectattr('zz') | list }} {{ people | selectattr('zz', 'defined') | list }} {{ people | map(attribute='zz', default='?') | list }}
{% for g in people | groupby('age') %}{{ g.grouper }}:{{ g.list | length }};{% endfor %}
{% if people | selectattr('zz') %}a generator is true{% endif %}
{{ [1, 5, 3] | max }} {{ [1, 5, 3] | min }} {{ words | max }} {{ [3, 1] | sum }} {{ -3 | abs }} {{ (-3) | abs }} {{ 2.5 | round }} {{ 3.5 | round }} {{ 2.675 | round(2) }} {{ 2.1 | round(method='ceil') }} {{ 7 | round }} {{ 1234 | round(-2) }}
{{ '12' | int }} {{ 'x' | int }} {{ 'x' | int(7) }} {{ '1.9' | int }} {{ 'ff' | int(base=16) }} {{ 3.9 | int }} {{ '1.5' | float }} {{ 'x' | float }} {{ 3 | string }} {{ none | string }}
{{ missing | default('d') }} {{ '' | default('d') }} {{ '' | default('d', true) }} {{ none | default('d') }} {{ none | d('e', boolean=true) }} {{ nothing | default }}
{{ 'a\nb\n\nc' | indent }}|{{ 'a\nb' | indent(2, true) }}|{{ 'a\n\nb' | indent(2, blank=true) }}|{{ 'a\nb' | indent('> ') }}|{{ 'a\n' | indent }}
{{ 'one two three four' | truncate(9) }} {{ 'one two three' | truncate(9, true) }} {{ 'short' | truncate(3) }} {{ 'one two three four' | truncate(9, leeway=0, end='…') }}
{{ 'a-b (c) [d] <e> it\'s' | title }} {{ 'x y' | wordcount }} {{ '<a href="x">&\'</a>' | e }} {{ 'a b/é?' | urlencode }} {{ 'abc' | center(7) }}|
{{ [1, 2, 3, 4, 5] | batch(2) | list }} {{ [1, 2, 3] | batch(2, 0) | list }} {{ map | items | list | length }}
{{ '%s is %d or %5.2f, %x, %%, %r, %-4s|%4s|%05d' % ('a', 3, 2.5, 255, 'q', 'l', 'r', 42) }} {{ '%s' | format(3) }} {{ '%(a)s' | format(a=1) }}
{{ '{0} {1} {a} {{}} {0:>4} {0:<4}| {2:.2f} {2:8.3f} {0:^5}| {3:05d} {3:,}'.format('x', 'y', 3.14159, 1234567, a='n') }}
{{ missing is defined }} {{ n is defined }} {{ nothing is none }} {{ n is number }} {{ yes is number }} {{ yes is boolean }} {{ n is integer }} {{ yes is integer }} {{ x is float }} {{ text is string }} {{ map is mapping }} {{ words is sequence }} {{ text is sequence }} {{ map is sequence }} {{ missing is sequence }} {{ n is iterable }} {{ text is iterable }} {{ missing is iterable }} {{ range is callable }}
{{ 3 is odd }} {{ 4 is even }} {{ 9 is divisibleby 3 }} {{ 9 is divisibleby(2) }} {{ 3 is eq 3 }} {{ 3 is lt 4 }} {{ 3 is in [1, 3] }} {{ 'a' is lower }} {{ 'A' is upper }} {{ yes is true }} {{ 1 is true }} {{ false is false }} {{ nothing is sameas none }} {{ n is not none }} {{ 'upper' is filter }} {{ not n is odd }}
{% for i in range(3) %}{{ loop.index }}{{ loop.index0 }}{{ loop.revindex }}{{ loop.first }}{{ loop.last }}{{ loop.length }}{{ loop.cycle('a', 'b') }};{% endfor %}
{% for i in [1, 2, 3, 4] if i is even %}{{ loop.index }}:{{ i }}{% if not loop.last %},{% endif %}{% endfor %}
{% for i in [] %}x{% else %}none{% endfor %}|{% for i in [1] %}x{% else %}none{% endfor %}
{% for i in [1, 2, 3, 4, 5] %}{% if i == 2 %}{% continue %}{% endif %}{% if i == 4 %}{% break %}{% endif %}{{ i }}{% endfor %}
{% for i in [1, 1, 2] %}{{ loop.changed(i) }}{{ loop.previtem }}{{ loop.nextitem }};{% endfor %}
{% for a, b in [(1, 2), [3, 4]] %}{{ a + b }};{% endfor %}{% for i in 'ab' %}{{ i }}.{% endfor %}{% for i in missing %}{{ i }}{% endfor %}
{% for item in nested recursive %}{% if item is iterable %}({{ loop(item) }}){% else %}{{ item }}@{{ loop.depth }},{% endif %}{% endfor %}
{% set a = 1 %}{% for i in [1, 2] %}{% set a = a + i %}{{ a }}{% endfor %}{{ a }}
{% set ns = namespace(a=1, b='x') %}{% for i in [1, 2] %}{% set ns.a = ns.a + i %}{% endfor %}{{ ns.a }}{{ ns.b }}{{ ns.c is defined }}
{% if true %}{% set a = 5 %}{% endif %}{{ a }}|{% set a, b = 1, 2 %}{{ a }}{{ b }}|{% set t = 1, 2 %}{{ t }}
{% set block %}a {{ n }}
b{% endset %}[{{ block }}] {% set up | upper %}abc{% endset %}{{ up }}
{% macro m(a, b=2, c='z') %}{{ a }}-{{ b }}-{{ c }}{{ varargs }}{{ kwargs }}{% endmacro %}{{ m(1) }} {{ m(1, 3) }} {{ m(1, c='q') }} {{ m(1, 2, 3, 4, d=5) }} {{ m.name }}
{% macro f(x) %}{% if x > 0 %}{{ x }}{{ f(x - 1) }}{% endif %}{% endmacro %}{{ f(4) }}
{% macro outer(x) %}<{{ caller(x) }}>{% endmacro %}{% call(y) outer(3) %}got {{ y }}{% endcall %}
{% set late = 1 %}{% macro g() %}{{ late }}{% endmacro %}{% set late = 2 %}{{ g() }}
{% filter upper | trim %} abc {% endfilter %}|{% with a = 1, b = n %}{{ a }}{{ b }}{% endwith %}{{ a is defined }}
{% if n == 1 %}one{% elif n == 3 %}three{% else %}other{% endif %}
{% raw %}{{ not }} {% this %}{% endraw %} {# a comment #}end
   {% if true %}   
  x
   {% endif %}   
y
a {%- if true -%}  b  {%- endif -%} c
  {%+ if true %}x{% endif +%}
z
a  {{- n -}}  b {{ '{{' }} {{ "}}" }} {% if true +%}

c{% endif %}
{{ {'a': {'b': 1}}.a.b }} {{ {'a': 1}['a'] }} {{ {1: 'x'}[1] }} {{ [[1, 2], [3]][0][1] }} {{ (1, 2)[1] }} {{ dict(a=1, b=2) }} {{ dict([('x', 1)]) }} {{ dict(map, z=1).z }}
{{ range(3) | list }} {{ range(1, 4) | list }} {{ range(5, 0, -2) | list }} {{ range(0) | list }}
{{ [1] + [2] }} {{ 'ab' * 2 }} {{ [0] * 3 }} {{ (1,) + (2,) }} {{ 'a' + 'b' }} {{ true + 1 }}
{{ messages | map(attribute='content') | list | tojson }} {{ messages[0].role ~ messages[-1]['content'] }} {{ messages | length }}
{{ messages[0] }} {{ messages | selectattr('role', 'in', ['user']) | list | length }}
{{ missing }}|{{ missing | length }}|{{ missing | list }}|{{ missing == none }}|{{ missing == other }}|{{ not missing }}
{% block b %}in {{ n }}{% endblock %}
{{ text | attr('upper') is callable }} {{ map | attr('zz') is defined }}
{% for m in messages %}{{ m.role }}: {% generation %}{{ m.content }}{% endgeneration %}
{% endfor %}
{{ missing.a }}
{{ missing() }}
{{ missing + 1 }}
{{ 'a' + 1 }}
{{ 1 < 'a' }}
{{ raise_exception('no ' ~ n) }}
{{ 1 / 0 }}
{{ words.append('x') }}
{{ map.update({}) }}
{{ 'a' | nofilter }}
{{ 'a' is notest }}
{{ range(200000) | list }}
{{ missing | tojson }}
{{ n[0].x }}
{{ [1, 2 }}
{% if true %}x
{% for in x %}{% endfor %}
{% set 1 = 2 %}
{% unknown %}
{{ 'a }}
{% endif %}
{{ }}
{% include 'x' %}
{% set a.b = 1 %}
{% set a, b = [1] %}
{% set ns = namespace() %}{% set ns._x = 1 %}
{{ (1, 2) in {(1, 2): 3} }} {{ {}['x'] is defined }} {{ none | list }}
{{ 'a' if }}
{{ words | map('nofilter') | list }}
{{ ''.split('') }}
{{ 'x'.join([1]) }}
{{ 'abc' | list }} {{ {'b': 1} | list }} {{ map | length }} {{ 'ß'.upper() }} {{ 'ǆ'.capitalize() }} {{ "they're bill's" | title }} {{ "they're".title() }}
{{- '  ' -}} a {{- 1 }} {{ 2 -}} b
{{ 1if true else 2 }} {{ n.__class__ is defined }} {{ 'a'.__class__ is defined }} {{ ''.__len__ is defined }}
"""


def joined():
    """Snippets, each from its first line on to the next that is complete; those of several lines are listed below."""
    lines = SNIPPETS.strip("\n").split("\n")
    several = [
        "{% set block %}a {{ n }}\nb{% endset %}[{{ block }}] {% set up | upper %}abc{% endset %}{{ up }}",
        "   {% if true %}   \n  x\n   {% endif %}   \ny",
        "  {%+ if true %}x{% endif +%}\nz",
        "a  {{- n -}}  b {{ '{{' }} {{ \"}}\" }} {% if true +%}\n\nc{% endif %}",
        "{% for m in messages %}{{ m.role }}: {% generation %}{{ m.content }}{% endgeneration %}\n{% endfor %}",
    ]
    text = "\n".join(lines)
    for snippet in several:
        assert snippet in text, snippet
        text = text.replace(snippet + "\n", snippet.replace("\n", "\0") + "\n")
    return [line.replace("\0", "\n") for line in text.split("\n")]


def output(source):
    try:
        return _compile_jinja_template(source).render(**VARIABLES, add_generation_prompt=False)
    except Exception:
        return None


def main():
    rows = [{"template": source, "output": output(source)} for source in joined()]
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(json.dumps({"variables": VARIABLES, "snippets": rows}, ensure_ascii=False, indent=1) + "\n")
    print(len(rows), "snippets,", sum(row["output"] is None for row in rows), "of them errors")


if __name__ == "__main__":
    main()
