//! Templates of Jinja2 and Django: `{{ … }}`, `{% … %}`, `{# … #}`.

use super::builder::{Builder, Open};
use super::cursor::Cursor;
use super::expression::{Argument, Expression, Parser, Token, parse_expression, tokens};
use super::{Binding, Engine, Node, Output, Place};

pub(super) fn parse(text: &str, engine: Engine, autoescape: bool) -> Vec<Node> {
    let mut reader = Reader {
        text,
        engine,
        cursor: Cursor::new(text),
        builder: Builder::new(autoescape),
        naive: false,
        ahead: Vec::new(),
    };
    reader.run();
    reader.builder.finish()
}

struct Reader<'a> {
    text: &'a str,
    engine: Engine,
    cursor: Cursor<'a>,
    builder: Builder,
    /// Delimiters are looked for without regard to quotes.
    naive: bool,
    /// Where delimiters and line breaks come next, as far as they were looked for.
    ahead: Vec<(&'static str, usize)>,
}

impl Reader<'_> {
    fn run(&mut self) {
        let text = self.text;
        // What was read as text so far begins at `start`.
        let (mut start, mut position) = (0, 0);
        while let Some(found) = text[position..].find('{') {
            let open = position + found;
            let kind = text[open + 1..].chars().next();
            let close = match kind {
                Some('{') => "}}",
                Some('%') => "%}",
                Some('#') => "#}",
                _ => {
                    position = open + 1;
                    continue;
                }
            };
            let Some(end) = self.end(open + 2, close) else {
                if self.engine == Engine::Django {
                    position = open + 2;
                    continue;
                }
                break;
            };
            self.builder.text(&text[start..open]);
            let inside =
                text[open + 2..end - 2].trim_start_matches(['-', '+']).trim_end_matches(['-', '+']).trim();
            position = end;
            if kind == Some('{') {
                let place = self.cursor.place(open, end);
                let expression = parse_expression(inside, self.engine);
                self.output(expression, place);
            } else if kind == Some('%') {
                let place = self.cursor.place(open, end);
                position = self.tag(inside, place, end);
            }
            start = position;
        }
        self.builder.text(&text[start..]);
    }

    /// Where what was opened ends, behind its closing delimiter.
    fn end(&mut self, start: usize, close: &'static str) -> Option<usize> {
        if self.engine == Engine::Django {
            // Tags don't reach beyond their line.
            let end = self.find(close, start)?;
            let line_end = self.find("\n", start).unwrap_or(usize::MAX);
            return (end < line_end).then_some(end + 2);
        }
        if close != "#}" && !self.naive {
            if let Some(end) = quoted_end(&self.text[start..], close) {
                return Some(start + end);
            }
            // A quote is missing somewhere: from here on they aren't looked at, so that this happens once.
            self.naive = true;
        }
        self.find(close, start).map(|end| end + 2)
    }

    /// Where a text comes next. The last answer is kept, so that asking again and again costs one pass.
    fn find(&mut self, wanted: &'static str, start: usize) -> Option<usize> {
        let index = self.ahead.iter().position(|(text, _)| *text == wanted);
        let index = index.unwrap_or_else(|| {
            self.ahead.push((wanted, 0));
            self.ahead.len() - 1
        });
        let (_, found) = &mut self.ahead[index];
        if *found < start || *found == 0 {
            *found = self.text[start..].find(wanted).map_or(usize::MAX, |found| start + found);
        }
        (*found != usize::MAX).then_some(*found)
    }

    fn output(&mut self, expression: Expression, place: Place) {
        let autoescape = self.builder.autoescape;
        self.builder.push(Node::Output(Output { expression, autoescape, place }));
    }

    /// Reads a tag; gives where to go on.
    fn tag(&mut self, inside: &str, place: Place, end: usize) -> usize {
        let tokens = tokens(inside);
        let mut parser = Parser::new(&tokens, self.engine);
        let Some(name) = parser.take_name() else { return end };
        match name.as_str() {
            "raw" if self.engine == Engine::Tornado => {
                let expression = parser.whole();
                self.builder.push(Node::Output(Output { expression, autoescape: false, place }));
            }
            "end" if self.engine == Engine::Tornado => self.builder.close_innermost(),
            "autoescape" | "comment" | "module" if self.engine == Engine::Tornado => {}
            "apply" if self.engine == Engine::Tornado => {
                let escapes = parser.is_word("escape") || parser.is_word("xhtml_escape");
                self.builder.open_escaping("apply", self.builder.autoescape || escapes);
            }
            "while" | "try" if self.engine == Engine::Tornado => self.builder.open("try", Open::Splice),
            "raw" if self.engine == Engine::Jinja => return self.raw("endraw", end, true),
            "comment" if self.engine == Engine::Django => return self.raw("endcomment", end, false),
            "verbatim" if self.engine == Engine::Django => {
                let label = inside.strip_prefix("verbatim").unwrap_or_default().trim();
                return self.raw(format!("endverbatim {label}").trim_end(), end, true);
            }
            "for" => {
                let targets = targets(&mut parser);
                let iterable = parser.iterable();
                self.builder.open("for", Open::For { targets, iterable });
            }
            "if" => {
                let test = Some(parser.whole());
                self.builder.open("if", Open::If { test });
            }
            "ifchanged" => self.builder.open("ifchanged", Open::If { test: Some(parser.whole()) }),
            "ifequal" => self.builder.open("ifequal", Open::If { test: Some(parser.whole()) }),
            "ifnotequal" => self.builder.open("ifnotequal", Open::If { test: Some(parser.whole()) }),
            "elif" => {
                let test = Some(parser.whole());
                self.builder.branch(test);
            }
            "else" | "empty" => self.builder.branch(None),
            "set" if matches!(self.engine, Engine::Jinja | Engine::Tornado) => self.set(&mut parser),
            "do" => self.builder.push(Node::Set { targets: Vec::new(), value: parser.whole() }),
            "with" => {
                let bindings = self.with(&mut parser);
                self.builder.open("with", Open::With { bindings });
            }
            "block" => {
                let name = parser.take_name().unwrap_or_default();
                self.builder.open("block", Open::Block { name });
            }
            "extends" => {
                let names = constant_texts(&parser.some());
                self.builder.push(Node::Extends { names, place });
            }
            "include" => {
                let names = constant_texts(&parser.some());
                let with_variables = self.engine == Engine::Django && parser.take_word("with");
                let bindings = if with_variables { bindings(&mut parser) } else { Vec::new() };
                let only = parser.is_word("only") || parser.is_word("without");
                self.builder.push(Node::Include { names, bindings, only, place });
            }
            "import" if self.engine == Engine::Jinja => {
                let template = constant_texts(&parser.some()).into_iter().next();
                let alias = if parser.take_word("as") { parser.take_name() } else { None };
                self.builder.push(Node::Import { template, alias, names: Vec::new() });
            }
            "from" if self.engine == Engine::Jinja => {
                let template = constant_texts(&parser.some()).into_iter().next();
                let names = imported(&mut parser);
                self.builder.push(Node::Import { template, alias: None, names });
            }
            "macro" => {
                let name = parser.take_name().unwrap_or_default();
                let parameters = parameters(&mut parser);
                self.builder.open("macro", Open::Macro { name, parameters });
            }
            "call" if self.engine == Engine::Jinja => {
                let parameters =
                    parameters(&mut parser).into_iter().map(|parameter| parameter.name).collect();
                let call = Output { expression: parser.whole(), autoescape: self.builder.autoescape, place };
                self.builder.open("call", Open::CallBlock { call, parameters });
            }
            "autoescape" => {
                let on = !(parser.is_word("false") || parser.is_word("False") || parser.is_word("off"));
                self.builder.open_escaping("autoescape", on);
            }
            "filter" => {
                let escapes =
                    ["e", "escape", "forceescape", "force_escape"].iter().any(|name| parser.is_word(name));
                self.builder.open_escaping("filter", self.builder.autoescape || escapes);
            }
            "trans" if self.engine == Engine::Jinja => {
                let bindings = bindings(&mut parser);
                self.builder.open("trans", Open::With { bindings });
            }
            "blocktrans" | "blocktranslate" => {
                parser.take_word("with");
                let bindings = bindings(&mut parser);
                self.builder.open("blocktrans", Open::With { bindings });
            }
            "spaceless" => self.builder.open("spaceless", Open::Splice),
            "trans" | "translate" | "firstof" | "cycle" => self.printing_tag(&mut parser, place),
            "pluralize"
            | "plural"
            | "load"
            | "csrf_token"
            | "url"
            | "static"
            | "now"
            | "break"
            | "continue"
            | "get_current_language"
            | "regroup"
            | "resetcycle"
            | "lorem"
            | "templatetag" => {}
            _ => match name.strip_prefix("end") {
                Some("blocktranslate") => self.builder.close("blocktrans"),
                Some(kind) if !kind.is_empty() => self.builder.close(kind),
                _ => self.builder.push(Node::Other { name, place }),
            },
        }
        end
    }

    /// Text up to a closing tag, in which nothing is a tag.
    fn raw(&mut self, close: &str, start: usize, kept: bool) -> usize {
        let mut position = start;
        while let Some(found) = self.text[position..].find("{%") {
            let open = position + found;
            let rest = self.text[open + 2..].trim_start_matches(['-', '+']).trim_start();
            if let Some(rest) = rest.strip_prefix(close) {
                let rest = rest.trim_start().trim_start_matches(['-', '+']);
                if let Some(rest) = rest.strip_prefix("%}") {
                    if kept {
                        self.builder.text(&self.text[start..open]);
                    }
                    return self.text.len() - rest.len();
                }
            }
            position = open + 2;
        }
        if kept {
            self.builder.text(&self.text[start..]);
        }
        self.text.len()
    }

    fn set(&mut self, parser: &mut Parser<'_>) {
        let mut targets = Vec::new();
        while let Some(mut name) = parser.take_name() {
            while parser.take_operator(".") {
                name.push('.');
                name.push_str(&parser.take_name().unwrap_or_default());
            }
            targets.push(name);
            if !parser.take_operator(",") {
                break;
            }
        }
        if parser.take_operator("=") {
            let value = parser.whole();
            self.builder.push(Node::Set { targets, value });
        } else {
            let name = targets.into_iter().next().unwrap_or_default();
            self.builder.open("set", Open::Capture { name });
        }
    }

    fn with(&self, parser: &mut Parser<'_>) -> Vec<Binding> {
        let named = bindings(parser);
        if !named.is_empty() || self.engine == Engine::Jinja {
            return named;
        }
        // The old form: `{% with x.y as z %}`.
        let value = parser.some();
        if !parser.take_word("as") {
            return Vec::new();
        }
        parser.take_name().map(|name| Binding { name, value: Some(value) }).into_iter().collect()
    }

    /// Tags of Django that print one of their arguments.
    fn printing_tag(&mut self, parser: &mut Parser<'_>, place: Place) {
        let mut values = Vec::new();
        while !parser.at_end()
            && !parser.is_word("as")
            && !parser.is_word("noop")
            && !parser.is_word("context")
        {
            values.push(parser.some());
        }
        if parser.take_word("as") {
            let targets = parser.take_name().into_iter().collect();
            self.builder.push(Node::Set { targets, value: Expression::Choice(values) });
        } else if values.iter().any(|value| !matches!(value, Expression::Text(_))) {
            self.output(Expression::Choice(values), place);
        }
    }
}

/// Where a tag ends, when quotes and braces inside it are respected.
fn quoted_end(text: &str, close: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let close = close.as_bytes();
    let mut braces = 0u32;
    let mut quote = None;
    let mut index = 0;
    while index < bytes.len() {
        let byte = bytes[index];
        match quote {
            Some(open) => match byte {
                b'\\' => index += 1,
                _ if byte == open => quote = None,
                _ => {}
            },
            None if braces == 0 && bytes[index..].starts_with(close) => return Some(index + 2),
            None => match byte {
                b'"' | b'\'' => quote = Some(byte),
                b'{' => braces += 1,
                b'}' => braces = braces.saturating_sub(1),
                _ => {}
            },
        }
        index += 1;
    }
    None
}

/// `a, (b, c) in`: the names, and the word behind them is consumed.
pub(super) fn targets(parser: &mut Parser<'_>) -> Vec<String> {
    let mut targets = Vec::new();
    while let Some(token) = parser.next() {
        match token {
            Token::Name(name) if name == "in" => break,
            Token::Name(name) => targets.push(name.clone()),
            _ => {}
        }
    }
    targets
}

/// `a=b, c=d`, with or without commas. Names without a value are of the same name outside.
fn bindings(parser: &mut Parser<'_>) -> Vec<Binding> {
    let mut bindings = Vec::new();
    while parser.is_assignment() {
        let Some(name) = parser.take_name() else { break };
        parser.take_operator("=");
        bindings.push(Binding { name, value: Some(parser.some()) });
        let _ = parser.take_operator(",") || parser.take_word("and");
    }
    bindings
}

/// `(a, b=1)`, if there is one.
pub(super) fn parameters(parser: &mut Parser<'_>) -> Vec<Binding> {
    if !parser.take_operator("(") {
        return Vec::new();
    }
    let arguments = parser.arguments();
    arguments
        .into_iter()
        .filter_map(|argument| match argument {
            Argument { name: Some(name), value } => Some(Binding { name, value: Some(value) }),
            Argument { value: Expression::Name(name), .. } => Some(Binding { name, value: None }),
            Argument { .. } => None,
        })
        .collect()
}

/// `import a, b as c with context`: the names there and here.
fn imported(parser: &mut Parser<'_>) -> Vec<(String, String)> {
    let mut names = Vec::new();
    parser.take_word("import");
    while let Some(name) = parser.take_name() {
        let alias = if parser.take_word("as") { parser.take_name() } else { None };
        names.push((name.clone(), alias.unwrap_or(name)));
        if !parser.take_operator(",") {
            break;
        }
    }
    names
}

/// The constant texts that an expression can be.
fn constant_texts(expression: &Expression) -> Vec<String> {
    match expression {
        Expression::Text(text) => vec![text.clone()],
        Expression::List(values) | Expression::Choice(values) => {
            values.iter().flat_map(constant_texts).collect()
        }
        Expression::Conditional { yes, no, .. } => {
            let mut texts = constant_texts(yes);
            texts.extend(no.iter().flat_map(|no| constant_texts(no)));
            texts
        }
        _ => Vec::new(),
    }
}
