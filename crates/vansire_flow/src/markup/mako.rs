//! Templates of Mako: `${ … }`, `<% … %>`, `<%tag>`, control lines with `%`, comments with `##`.

use super::builder::{Builder, Open};
use super::cursor::Cursor;
use super::expression::{Argument, Expression, Parser, parse_expression, tokens};
use super::tags::{parameters, targets};
use super::{Binding, Engine, Node, Output, Place};

/// The nodes, and whether the page says that everything is escaped.
pub(super) fn parse(text: &str, autoescape: bool) -> (Vec<Node>, bool) {
    let mut reader = Reader {
        text,
        cursor: Cursor::new(text),
        builder: Builder::new(autoescape),
        autoescape,
        unclosed: false,
        unclosed_tag: false,
    };
    reader.run();
    (reader.builder.finish(), reader.autoescape)
}

struct Reader<'a> {
    text: &'a str,
    cursor: Cursor<'a>,
    builder: Builder,
    autoescape: bool,
    /// An expression had no end: no further one is looked for.
    unclosed: bool,
    /// The same of tags.
    unclosed_tag: bool,
}

impl Reader<'_> {
    fn run(&mut self) {
        let text = self.text;
        let (mut start, mut position) = (0, 0);
        let mut line_start = true;
        while position < text.len() {
            if line_start {
                line_start = false;
                let line = logical_line(&text[position..]);
                let content = line.trim_start();
                if content.starts_with("##") || content.starts_with('%') && !content.starts_with("%%") {
                    self.builder.text(&text[start..position]);
                    if let Some(statement) = content.strip_prefix('%') {
                        self.control(statement.trim());
                    }
                    position += line.len();
                    start = position;
                    line_start = true;
                    continue;
                }
            }
            let Some(found) = text[position..].find(['\n', '$', '<']) else { break };
            let at = position + found;
            let rest = &text[at..];
            let next = if rest.starts_with('\n') {
                line_start = true;
                position = at + 1;
                continue;
            } else if rest.starts_with("${") && !self.unclosed {
                self.expression_end(at + 2)
            } else if (rest.starts_with("<%") || rest.starts_with("</%")) && !self.unclosed_tag {
                let end =
                    if rest.starts_with("<%") { tag_end(rest) } else { rest.find('>').map(|end| end + 1) };
                self.unclosed_tag = end.is_none();
                end.map(|end| at + end)
            } else {
                None
            };
            let Some(end) = next else {
                position = at + 1;
                continue;
            };
            self.builder.text(&text[start..at]);
            let place = self.cursor.place(at, end);
            position = if rest.starts_with("${") {
                self.output(&text[at + 2..end - 1], place);
                end
            } else if rest.starts_with("</%") {
                self.close_tag(text[at + 3..end - 1].trim());
                end
            } else {
                self.tag(at, end, place)
            };
            start = position;
        }
        self.builder.text(&text[start..]);
    }

    /// Behind the brace that closes an expression.
    fn expression_end(&mut self, start: usize) -> Option<usize> {
        let end = brace_end(&self.text[start..]).map(|end| start + end);
        self.unclosed |= end.is_none();
        end
    }

    fn output(&mut self, inside: &str, place: Place) {
        let (expression, filters) = split_filters(inside);
        let mut expression = parse_expression(expression.trim(), Engine::Mako);
        for filter in filters.split(',').map(str::trim).filter(|filter| !filter.is_empty()).take(16) {
            let name = filter.split(['.', '(']).next().unwrap_or_default().to_owned();
            expression = Expression::Filter { value: Box::new(expression), name, arguments: Vec::new() };
        }
        let autoescape = self.builder.autoescape;
        self.builder.push(Node::Output(Output { expression, autoescape, place }));
    }

    /// A line that begins with `%`.
    fn control(&mut self, statement: &str) {
        let statement = statement.split_once('#').map_or(statement, |(code, comment)| {
            // A `#` inside a literal is no comment.
            if code.matches(['"', '\'']).count() % 2 == 0 || comment.is_empty() { code } else { statement }
        });
        let tokens = tokens(statement.trim().trim_end_matches(':'));
        let mut parser = Parser::new(&tokens, Engine::Mako);
        let Some(word) = parser.take_name() else { return };
        match word.as_str() {
            "for" => {
                let targets = targets(&mut parser);
                let iterable = parser.iterable();
                self.builder.open("for", Open::For { targets, iterable });
            }
            "if" => {
                let test = Some(parser.whole());
                self.builder.open("if", Open::If { test });
            }
            "while" => {
                let test = Some(parser.whole());
                self.builder.open("while", Open::If { test });
            }
            "try" => self.builder.open("try", Open::If { test: None }),
            "with" => {
                let value = parser.some();
                let name = if parser.take_word("as") { parser.take_name() } else { None };
                let bindings = name.map(|name| Binding { name, value: Some(value) }).into_iter().collect();
                self.builder.open("with", Open::With { bindings });
            }
            "elif" => {
                let test = Some(parser.whole());
                self.builder.branch(test);
            }
            "else" | "except" | "finally" => self.builder.branch(None),
            _ => {
                if let Some(kind) = word.strip_prefix("end") {
                    self.builder.close(kind);
                }
            }
        }
    }

    /// A tag or a block of Python from `at` to `end`; gives where to go on.
    fn tag(&mut self, at: usize, end: usize, place: Place) -> usize {
        let text = self.text;
        let inside = &text[at + 2..end];
        if !inside.starts_with(|first: char| first.is_ascii_alphabetic()) {
            let code = inside.strip_suffix("%>").unwrap_or(inside);
            self.python(code.strip_prefix('!').unwrap_or(code));
            return end;
        }
        let inside = inside.strip_suffix('>').unwrap_or(inside);
        let (inside, empty) = inside.strip_suffix('/').map_or((inside, false), |inside| (inside, true));
        let (name, rest) = inside.split_at(inside.find(char::is_whitespace).unwrap_or(inside.len()));
        let attributes = attributes(rest);
        let get = |wanted: &str| attributes.iter().find(|(name, _)| *name == wanted).map(|(_, value)| *value);
        let file = get("file").filter(|file| !file.contains("${")).map(str::to_owned);
        match name {
            "doc" | "text" if !empty => {
                let close = if name == "doc" { "</%doc>" } else { "</%text>" };
                let (inside, next) = text[end..].find(close).map_or((&text[end..], text.len()), |found| {
                    (&text[end..end + found], end + found + close.len())
                });
                if name == "text" {
                    self.builder.text(inside);
                }
                return next;
            }
            "page" => {
                if let Some(filters) = get("expression_filter") {
                    let escapes =
                        filters.split(',').any(|filter| matches!(filter.trim(), "h" | "x" | "entity"));
                    self.autoescape = escapes;
                    self.builder.autoescape = escapes;
                }
            }
            "inherit" => self.builder.push(Node::Extends { names: file.into_iter().collect(), place }),
            "include" => {
                let names = file.into_iter().collect();
                let bindings = get("args").map(argument_bindings).unwrap_or_default();
                self.builder.push(Node::Include { names, bindings, only: false, place });
            }
            "namespace" => {
                let imported = get("import").unwrap_or_default().split(',').map(str::trim);
                let names = imported
                    .filter(|name| !name.is_empty())
                    .map(|name| (name.to_owned(), name.to_owned()))
                    .collect();
                let alias = get("name").map(str::to_owned);
                self.builder.push(Node::Import { template: file, alias, names });
                if !empty {
                    self.builder.open("namespace", Open::Splice);
                }
            }
            "def" => {
                let tokens = tokens(get("name").unwrap_or_default());
                let mut parser = Parser::new(&tokens, Engine::Mako);
                let name = parser.take_name().unwrap_or_default();
                let parameters = parameters(&mut parser);
                self.builder.open("def", Open::Macro { name, parameters });
            }
            "block" => {
                let name = get("name").unwrap_or_default().to_owned();
                self.builder.open("block", Open::Block { name });
            }
            "call" => {
                let expression = parse_expression(get("expr").unwrap_or_default(), Engine::Mako);
                self.call("call", expression, get("args").unwrap_or_default(), place);
            }
            _ if name.contains(':') => {
                let expression = namespace_call(name, &attributes);
                if empty {
                    let autoescape = self.builder.autoescape;
                    self.builder.push(Node::Output(Output { expression, autoescape, place }));
                } else {
                    self.call("namespace-call", expression, get("args").unwrap_or_default(), place);
                }
            }
            _ => self.builder.push(Node::Other { name: name.to_owned(), place }),
        }
        end
    }

    fn call(&mut self, kind: &'static str, expression: Expression, arguments: &str, place: Place) {
        let call = Output { expression, autoescape: self.builder.autoescape, place };
        let parameters = argument_bindings(arguments).into_iter().map(|binding| binding.name).collect();
        self.builder.open(kind, Open::CallBlock { call, parameters });
    }

    fn close_tag(&mut self, name: &str) {
        self.builder.close(if name.contains(':') { "namespace-call" } else { name });
    }

    /// A block of Python: its plain assignments.
    fn python(&mut self, code: &str) {
        for line in code.lines() {
            let tokens = tokens(line.trim());
            let mut parser = Parser::new(&tokens, Engine::Mako);
            if !parser.is_assignment() {
                continue;
            }
            let Some(name) = parser.take_name() else { continue };
            parser.take_operator("=");
            let value = parser.whole();
            self.builder.push(Node::Set { targets: vec![name], value });
        }
    }
}

/// A line with those that it is continued by, up to the next one.
fn logical_line(text: &str) -> &str {
    let mut end = 0;
    for line in text.split_inclusive('\n') {
        end += line.len();
        if !line.trim_end_matches(['\r', '\n']).ends_with('\\')
            || !text.trim_start_matches([' ', '\t']).starts_with('%')
        {
            break;
        }
    }
    &text[..end]
}

/// Where an expression ends, behind its brace; quotes and inner braces are respected.
fn brace_end(text: &str) -> Option<usize> {
    let mut braces = 0u32;
    let mut quote = None;
    let mut escaped = false;
    for (index, byte) in text.bytes().enumerate() {
        match (quote, byte) {
            _ if escaped => escaped = false,
            (Some(_), b'\\') => escaped = true,
            (Some(open), _) if byte == open => quote = None,
            (Some(_), _) => {}
            (None, b'"' | b'\'') => quote = Some(byte),
            (None, b'{') => braces += 1,
            (None, b'}') if braces == 0 => return Some(index + 1),
            (None, b'}') => braces -= 1,
            (None, _) => {}
        }
    }
    None
}

/// Where a tag ends, behind its `>`, or a block of Python behind its `%>`.
fn tag_end(text: &str) -> Option<usize> {
    if !text[2..].starts_with(|first: char| first.is_ascii_alphabetic()) {
        return text.find("%>").map(|end| end + 2);
    }
    let mut quote = None;
    for (index, byte) in text.bytes().enumerate() {
        match (quote, byte) {
            (Some(open), _) if byte == open => quote = None,
            (Some(_), _) => {}
            (None, b'"' | b'\'') => quote = Some(byte),
            (None, b'>') => return Some(index + 1),
            (None, _) => {}
        }
    }
    None
}

/// The expression and its filters: behind the last bar outside quotes and parentheses.
fn split_filters(text: &str) -> (&str, &str) {
    let mut depth = 0u32;
    let mut quote = None;
    let mut bar = None;
    for (index, byte) in text.bytes().enumerate() {
        match (quote, byte) {
            (Some(open), _) if byte == open => quote = None,
            (Some(_), _) => {}
            (None, b'"' | b'\'') => quote = Some(byte),
            (None, b'(' | b'[' | b'{') => depth += 1,
            (None, b')' | b']' | b'}') => depth = depth.saturating_sub(1),
            (None, b'|') if depth == 0 => bar = Some(index),
            (None, _) => {}
        }
    }
    bar.map_or((text, ""), |bar| (&text[..bar], &text[bar + 1..]))
}

fn attributes(mut text: &str) -> Vec<(&str, &str)> {
    let mut attributes = Vec::new();
    while let Some((name, rest)) = text.split_once('=') {
        let rest = rest.trim_start();
        let Some(quote @ ('"' | '\'')) = rest.chars().next() else { break };
        let Some((value, rest)) = rest[1..].split_once(quote) else { break };
        attributes.push((name.trim(), value));
        text = rest;
    }
    attributes
}

fn argument_bindings(text: &str) -> Vec<Binding> {
    let tokens = tokens(&format!("({text})"));
    parameters(&mut Parser::new(&tokens, Engine::Mako))
}

/// `<%forms:field name="x" value="${y}"/>` as `forms.field(name="x", value=y)`.
fn namespace_call(name: &str, attributes: &[(&str, &str)]) -> Expression {
    let (namespace, function) = name.split_once(':').unwrap_or(("", name));
    let arguments = attributes.iter().filter(|(name, _)| *name != "args").map(|(name, value)| {
        let inner = value.strip_prefix("${").and_then(|value| value.strip_suffix('}'));
        let value = inner.map_or_else(
            || Expression::Text((*value).to_owned()),
            |inner| parse_expression(inner, Engine::Mako),
        );
        Argument { name: Some((*name).to_owned()), value }
    });
    let value = Box::new(Expression::Name(namespace.to_owned()));
    let function = Box::new(Expression::Attribute { value, name: function.to_owned() });
    Expression::Call { function, arguments: arguments.collect() }
}
