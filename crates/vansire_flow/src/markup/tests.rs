#![expect(clippy::format_push_string, reason = "short texts, in tests only")]

use super::*;
use crate::text::{CharSet, Hole, KindSet, Piece, SinkKind, dangers};

/// A template in short: what is printed, from what, how it is escaped, in which blocks.
fn short(nodes: &[Node], engine: Engine) -> String {
    let mut text = String::new();
    for node in nodes {
        match node {
            Node::Text(literal) => text += literal.trim(),
            Node::Output(output) => text += &shown(output, engine),
            Node::For { targets, iterable, body, otherwise } => {
                text += &format!(
                    "for({} in {}: {}",
                    targets.join(","),
                    expression(iterable),
                    short(body, engine)
                );
                if !otherwise.is_empty() {
                    text += &format!("; else {}", short(otherwise, engine));
                }
                text += ")";
            }
            Node::If { branches } => {
                text += "if(";
                for branch in branches {
                    let test = branch.test.as_ref().map_or("else".to_owned(), expression);
                    text += &format!("[{test}] {};", short(&branch.body, engine));
                }
                text += ")";
            }
            Node::Set { targets, value } => {
                text += &format!("set({}={})", targets.join(","), expression(value));
            }
            Node::Capture { name, body } => text += &format!("capture({name}: {})", short(body, engine)),
            Node::With { bindings, body } => {
                text += &format!("with({}: {})", shown_bindings(bindings), short(body, engine));
            }
            Node::Block { name, body } => text += &format!("block({name}: {})", short(body, engine)),
            Node::Include { names, bindings, only, .. } => {
                let only = if *only { " only" } else { "" };
                text += &format!("include({} {}{only})", names.join(","), shown_bindings(bindings));
            }
            Node::Extends { names, .. } => text += &format!("extends({})", names.join(",")),
            Node::Import { template, alias, names } => {
                text += &format!("import({template:?} {alias:?} {names:?})");
            }
            Node::Macro { name, parameters, body } => {
                text += &format!("macro({name} {}: {})", shown_bindings(parameters), short(body, engine));
            }
            Node::CallBlock { call, parameters, body } => {
                let call = expression(&call.expression);
                text += &format!("call({call} {}: {})", parameters.join(","), short(body, engine));
            }
            Node::Other { name, .. } => text += &format!("other({name})"),
        }
    }
    text
}

fn shown(output: &Output, engine: Engine) -> String {
    let parts = output.parts(engine).into_iter().map(|part| {
        let mark = match part.escaping {
            Escaping::None => "!",
            Escaping::Html => "",
            Escaping::Json => "json:",
        };
        let limited = if part.chars == CharSet::ALL { "" } else { "~" };
        format!(
            "{mark}{limited}{}{}",
            expression(part.value),
            part.filters.iter().flat_map(|filter| ["|", filter]).collect::<String>()
        )
    });
    format!("<{}>", parts.collect::<Vec<_>>().join(" "))
}

fn shown_bindings(bindings: &[Binding]) -> String {
    let shown = bindings.iter().map(|binding| {
        binding
            .value
            .as_ref()
            .map_or_else(|| binding.name.clone(), |value| format!("{}={}", binding.name, expression(value)))
    });
    shown.collect::<Vec<_>>().join(" ")
}

fn expression(value: &Expression) -> String {
    let list = |values: &[Expression]| values.iter().map(expression).collect::<Vec<_>>().join(" ");
    let arguments = |arguments: &[Argument]| {
        let shown = arguments.iter().map(|argument| match &argument.name {
            Some(name) => format!("{name}={}", expression(&argument.value)),
            None => expression(&argument.value),
        });
        shown.collect::<Vec<_>>().join(",")
    };
    match value {
        Expression::Name(name) => name.clone(),
        Expression::Text(text) => format!("'{text}'"),
        Expression::Number(number) => number.clone(),
        Expression::Constant => "constant".to_owned(),
        Expression::Attribute { value, name } => format!("{}.{name}", expression(value)),
        Expression::Item { value, key } => format!("{}[{}]", expression(value), expression(key)),
        Expression::Filter { value, name, arguments: given } => {
            format!("{}|{name}({})", expression(value), arguments(given))
        }
        Expression::Call { function, arguments: given } => {
            format!("{}({})", expression(function), arguments(given))
        }
        Expression::Concat(values) => format!("concat[{}]", list(values)),
        Expression::Operation { operator, operands } => format!("{operator}[{}]", list(operands)),
        Expression::Conditional { test, yes, no } => {
            let no = no.as_ref().map_or("none".to_owned(), |no| expression(no));
            format!("({} ? {} : {no})", expression(test), expression(yes))
        }
        Expression::Choice(values) => format!("choice[{}]", list(values)),
        Expression::Test(values) => format!("test[{}]", list(values)),
        Expression::List(values) => format!("[{}]", list(values)),
        Expression::Dict(items) => {
            let shown = items.iter().map(|(key, value)| format!("{}:{}", expression(key), expression(value)));
            format!("{{{}}}", shown.collect::<Vec<_>>().join(" "))
        }
        Expression::Mixed(values) => format!("mixed[{}]", list(values)),
    }
}

fn jinja(text: &str) -> String {
    short(&parse("a.html", text, Engine::Jinja).nodes, Engine::Jinja)
}

fn django(text: &str) -> String {
    short(&parse("a.txt", text, Engine::Django).nodes, Engine::Django)
}

fn mako(text: &str) -> String {
    short(&parse("a.mako", text, Engine::Mako).nodes, Engine::Mako)
}

fn read(text: &str) -> String {
    expression(&expression::parse_expression(text, Engine::Jinja))
}

#[test]
fn expressions() {
    assert_eq!(read("user.name['a'][0].b"), "user.name['a'][0].b");
    assert_eq!(read("a|default('x', true)|upper"), "a|default('x',constant)|upper()");
    assert_eq!(read("a ~ b ~ 'c'"), "concat[a b 'c']");
    assert_eq!(read("a + b - c * -2"), "+[a b *[c 2]]");
    assert_eq!(read("'%s' % x"), "%['%s' x]");
    assert_eq!(read("a if b == 1 else c or d"), "(test[b 1] ? a : choice[c d])");
    assert_eq!(read("a if b"), "(b ? a : none)");
    assert_eq!(read("f(a, k=b, *c, **d)[1:2]"), "f(a,k=b,mixed[c],mixed[d])[mixed[1 2]]");
    assert_eq!(read("[a, {'k': b}, (c, d)]"), "[a {'k':b} [c d]]");
    assert_eq!(read("x is not defined and y is divisibleby 3"), "choice[test[x] test[y 3]]");
    assert_eq!(read("not a in b"), "test[test[a b]]");
    assert_eq!(read("a not in b"), "test[a b]");
    assert_eq!(read("'it\\'s' \"b\""), "'it'sb'");
    assert_eq!(read("-x|abs"), "x|abs()");
    assert_eq!(read("a § b.c | d"), "mixed[a b]");
    assert_eq!(read(""), "mixed[]");
    assert_eq!(read("f'{a.b} x {c}'"), "concat[a.b ' x ' c]");
    assert_eq!(read("größe.länge"), "größe.länge");
    assert_eq!(
        expression(&expression::parse_expression("a.b.0.c|default:x.y|safe", Engine::Django)),
        "a.b[0].c|default(x.y)|safe()"
    );
}

#[test]
fn jinja_escaping() {
    assert_eq!(jinja("<p>{{ a }}</p>"), "<p><a></p>");
    assert_eq!(jinja("{{ a|safe }}{{ a|e }}{{ a|tojson }}{{ a|upper }}"), "<!a><a><json:a><a>");
    assert_eq!(jinja("{{ a|safe|e }}{{ a|safe|forceescape }}{{ a|safe|striptags }}"), "<!a><a><a>");
    assert_eq!(jinja("{{ a|markdown }}{{ a|markdown|safe }}"), "<a|markdown><!a|markdown>");
    assert_eq!(jinja("{{ a|urlencode }}{{ a|length }}{{ 'x' }}{{ a > 1 }}"), "<~a><><><>");
    assert_eq!(jinja("{{ a|safe if b else c }}"), "<!a c>");
    assert_eq!(jinja("{{ a|safe ~ b }}{{ '<b>%s</b>'|safe|format(a) }}"), "<!a b><a>");
    assert_eq!(jinja("{{ Markup(a) }}{{ f(a) }}"), "<!a><f(a)>");
    assert_eq!(jinja("{{ a|default(b)|safe }}"), "<!a !b>");
    assert_eq!(jinja("{% autoescape false %}{{ a }}{{ a|e }}{% endautoescape %}{{ a }}"), "<!a><a><a>");
    assert_eq!(
        jinja("{% autoescape false %}{% filter escape %}{{ a }}{% endfilter %}{{ a }}{% endautoescape %}"),
        "<a><!a>"
    );
    assert_eq!(short(&parse("a.txt", "{{ a }}{{ a|e }}", Engine::Jinja).nodes, Engine::Jinja), "<!a><a>");
    assert_eq!(short(&parse_with("{{ a }}", Engine::Jinja, true).nodes, Engine::Jinja), "<a>");
}

#[test]
fn jinja_blocks() {
    assert_eq!(
        jinja("{% for a, b in xs if a %}{{ a }}{% else %}none{% endfor %}"),
        "for(a,b in xs: <a>; else none)"
    );
    assert_eq!(jinja("{%- if a -%}x{% elif b %}y{% else %}z{%- endif +%}"), "if([a] x;[b] y;[else] z;)");
    assert_eq!(
        jinja("{% set a, b = c, d %}{% set n.x = 1 %}{% set t %}{{ a }}{% endset %}"),
        "set(a,b=[c d])set(n.x=1)capture(t: <a>)"
    );
    assert_eq!(jinja("{% with a=1, b = c.d %}{{ b }}{% endwith %}"), "with(a=1 b=c.d: <b>)");
    assert_eq!(
        jinja("{% extends 'base.html' %}{% block a scoped %}{{ super() }}{% endblock a %}"),
        "extends(base.html)block(a: <super()>)"
    );
    assert_eq!(
        jinja("{% include 'a.html' ignore missing without context %}{% include ['a', 'b'] %}{% include x %}"),
        "include(a.html )include(a,b )include( )"
    );
    assert_eq!(jinja("{% include 'a' without context %}"), "include(a  only)");
    assert_eq!(
        jinja("{% import 'f.html' as f with context %}{% from 'f.html' import a, b as c %}"),
        "import(Some(\"f.html\") Some(\"f\") [])import(Some(\"f.html\") None [(\"a\", \"a\"), (\"b\", \"c\")])"
    );
    assert_eq!(
        jinja("{% macro f(a, b='x') %}{{ a }}{{ caller() }}{% endmacro %}"),
        "macro(f a b='x': <a><caller()>)"
    );
    assert_eq!(jinja("{% call(item) list(xs) %}{{ item }}{% endcall %}"), "call(list(xs) item: <item>)");
    assert_eq!(jinja("{% raw %}{{ a }}{% if %}{% endraw %}{{ b }}"), "{{ a }}{% if %}<b>");
    assert_eq!(
        jinja("{% trans user=a.b %}Hi {{ user }}{% pluralize %}x{% endtrans %}"),
        "with(user=a.b: Hi<user>x)"
    );
    assert_eq!(jinja("{# {{ a }} #}{{ '}}' }}{{ {'a': {}} }}{{ b }}"), "<><><b>");
    assert_eq!(jinja("{% do a.append(b) %}{% cache 5 %}x{% endcache %}"), "set(=a.append(b))other(cache)x");
}

#[test]
fn django_templates() {
    assert_eq!(
        django("{{ a.b.0 }}{{ a|safe }}{{ a|linebreaksbr }}{{ a|default:b }}"),
        "<a.b[0]><!a><a><a b>"
    );
    assert_eq!(
        django("{{ a|escapejs }}{{ a|force_escape }}{{ a|safe|upper }}{{ a|safe|lower }}{{ a|date:'Y' }}"),
        "<!~a><a><a><!a><>"
    );
    assert_eq!(
        django("{% autoescape off %}{{ a }}{{ a|escape }}{{ a|linebreaks }}{% endautoescape %}"),
        "<!a><a><!a>"
    );
    assert_eq!(
        django("{% for x in a.b reversed %}{{ x }}{% empty %}-{% endfor %}"),
        "for(x in a.b: <x>; else -)"
    );
    assert_eq!(
        django("{% if a and not b|length > 2 %}x{% endif %}"),
        "if([choice[a test[test[b|length() 2]]]] x;)"
    );
    assert_eq!(
        django("{% with a=b.c d=e|safe %}{{ a }}{% endwith %}{% with b.c as a %}{{ a }}{% endwith %}"),
        "with(a=b.c d=e|safe(): <a>)with(a=b.c: <a>)"
    );
    assert_eq!(django("{% include 'a.html' with x=y.z only %}"), "include(a.html x=y.z only)");
    assert_eq!(
        django(
            "{% comment %}{{ a }}{% endcomment %}{% verbatim x %}{{ b }}{% endverbatim %}{% endverbatim x %}{{ c }}"
        ),
        "{{ b }}{% endverbatim %}<c>"
    );
    assert_eq!(django("{{ not\nclosed }} {{ a }}{% load static %}{% url 'x' y %}"), "{{ not\nclosed }}<a>");
    assert_eq!(django("{% firstof a b 'c' %}{% trans 'x' %}{% translate a as t %}"), "<a b>set(t=choice[a])");
    assert_eq!(
        django("{% blocktranslate with u=a.b %}Hi {{ u }}{% endblocktranslate %}"),
        "with(u=a.b: Hi<u>)"
    );
    assert_eq!(django("{% my_tag a %}"), "other(my_tag)");
}

#[test]
fn mako_templates() {
    assert_eq!(mako("<p>${a}</p>${b | h}${c | u,n}${ {'k': d}['k'] }"), "<p><!a></p><b><!~c><!{'k':d}['k']>");
    assert_eq!(mako("<%page expression_filter=\"h\"/>${a}${a | n}"), "<a><!a>");
    assert_eq!(mako("% for x, y in xs:\n ${x}\n% endfor\n## ${no}\n100%\n"), "for(x,y in xs: <!x>)100%");
    assert_eq!(
        mako("% if a == 'x':\n1\n% elif b:\n2\n% else:\n3\n% endif\n%% x"),
        "if([test[a 'x']] 1;[b] 2;[else] 3;)%% x"
    );
    assert_eq!(mako("<%def name=\"f(a, b=1)\">${a}</%def>${f(c)}"), "macro(f a b=1: <!a>)<!f(c)>");
    assert_eq!(
        mako(
            "<%inherit file=\"b.html\"/><%include file='c.html' args=\"x=y\"/><%block name='t'>${a}</%block>"
        ),
        "extends(b.html)include(c.html x=y)block(t: <!a>)"
    );
    assert_eq!(mako("<%\n  a = b.c\n  import os\n%>${a}<%! x = 1 %>"), "set(a=b.c)<!a>set(x=1)");
    assert_eq!(mako("<%doc>${a}</%doc><%text>${b}</%text>${int(c)}"), "${b}<>");
    assert_eq!(
        mako("<%namespace name=\"f\" file=\"f.html\"/><%f:field name=\"x\" value=\"${y}\"/>"),
        "import(Some(\"f.html\") Some(\"f\") [])<!f.field(name='x',value=y)>"
    );
    assert_eq!(mako("${a ${ <% x"), "${a ${ <% x");
}

#[test]
fn places() {
    let facts = parse("a.html", "é {{ a }}\n  {{ b }}{% call f() %}{% endcall %}", Engine::Jinja);
    let places: Vec<_> = in_order(&facts.nodes)
        .into_iter()
        .filter_map(|step| match step {
            Step::Output(output) => {
                Some((output.place.line, output.place.column, output.place.start, output.place.end))
            }
            _ => None,
        })
        .collect();
    assert_eq!(places, [(1, 3, 3, 10), (2, 3, 13, 20), (2, 10, 20, 34)]);
}

/// The contexts in which the outputs of a page are dangerous when everything in it is the attacker's.
fn dangerous(text: &str) -> Vec<(u32, &'static str)> {
    let facts = parse("a.html", text, Engine::Jinja);
    let steps = in_order(&facts.nodes);
    let mut lines = Vec::new();
    let mut pieces = Vec::new();
    for step in &steps {
        match step {
            Step::Text(text) => pieces.push((0, Piece::Literal(text))),
            Step::Output(output) => {
                for part in output.parts(facts.engine) {
                    let (chars, cleared) = (part.chars_after(CharSet::ALL), part.cleared());
                    pieces.push((
                        output.place.line,
                        Piece::Hole(Hole { tainted: true, chars, cleared, form: crate::text::Form::NONE }),
                    ));
                }
            }
            Step::Node(_) => {}
        }
    }
    lines.extend(pieces.iter().map(|(line, _)| *line));
    let pieces: Vec<_> = pieces.into_iter().map(|(_, piece)| piece).collect();
    dangers(SinkKind::Html, &pieces).into_iter().map(|danger| (lines[danger.piece], danger.context)).collect()
}

#[test]
fn pages_are_judged_by_their_contexts() {
    let page = "<p>{{ a }}</p>\n\
                <p>{{ a|safe }}</p>\n\
                <a title=\"{{ a }}\" href=\"{{ a }}\">\n\
                <a title={{ a }}>\n\
                <script>var x = {{ a }};\n\
                var y = {{ a|tojson }}; var z = '{{ a }}'</script>\n\
                <b onclick=\"f('{{ a }}')\">\n\
                {% autoescape false %}<i>{{ a|e }}</i>{{ a }}{% endautoescape %}\n";
    assert_eq!(
        dangerous(page),
        [
            (2, "in HTML text"),
            (3, "as the address in an HTML attribute"),
            (4, "in an HTML attribute without quotes"),
            (5, "in a script block of HTML"),
            (6, "inside a string in a script block of HTML"),
            (7, "in a script inside an HTML attribute"),
            (8, "in HTML text"),
        ]
    );
}

#[test]
fn numbers_stay_numbers() {
    let facts = parse("a.html", "{{ a }}", Engine::Jinja);
    let [Node::Output(output)] = &facts.nodes[..] else { panic!("one output") };
    let parts = output.parts(Engine::Jinja);
    assert_eq!(parts[0].chars_after(CharSet::DIGITS), CharSet::DIGITS);
    assert!(parts[0].chars_after(CharSet::ALL).contains('&'));
    assert!(!parts[0].chars_after(CharSet::ALL).intersects(CharSet::of("<>\"'")));
    assert_eq!(parts[0].cleared(), KindSet::EMPTY);
}

#[test]
fn hostile_templates_cost_little() {
    let pieces = [
        "{{",
        "{%",
        "{#",
        "{{ a }}",
        "{% if a %}",
        "{% endif %}",
        "{{ '",
        "{{ \"}} ",
        "${",
        "${a|",
        "<%",
        "<%a ",
        "</%",
        "% if a:\n",
        "{% raw %}",
        "(",
        "{{ (((",
        "{% call a() %}",
        "<%def name='a()'>",
        "{% set a %}",
        "<%doc>",
        "% x \\\n",
    ];
    for piece in pieces {
        for engine in [Engine::Jinja, Engine::Django, Engine::Mako] {
            let facts = parse("a.html", &piece.repeat(20_000), engine);
            in_order(&facts.nodes);
        }
    }
    for piece in [
        "(", "[", "{", "a.", "a|b(", "not ", "-", "a if ", "a+b-", "a~", "f(", "a or ", "x is ", "f'{", "1.",
        "a[", "a in ", "**", "~",
    ] {
        for engine in [Engine::Jinja, Engine::Django, Engine::Mako] {
            for text in [piece.repeat(20_000), format!("{{{{ {} }}}}", piece.repeat(5_000))] {
                let value = expression::parse_expression(&text, engine);
                escaping::parts(&value, engine, true);
            }
        }
    }
}
