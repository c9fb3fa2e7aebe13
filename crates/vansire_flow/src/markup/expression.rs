//! Expressions of templates: a grammar wide enough for Jinja2, for Django's variables, and for the Python that
//! stands in Mako templates.

use super::Engine;
use crate::text::format::{Access, FormatPart, Reference, brace_parts};

/// How deeply expressions may nest; what is deeper is known by its names only.
const DEPTH_LIMIT: u32 = 40;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expression {
    Name(String),
    Text(String),
    Number(String),
    /// `none`, `true`, `false`.
    Constant,
    Attribute {
        value: Box<Expression>,
        name: String,
    },
    Item {
        value: Box<Expression>,
        key: Box<Expression>,
    },
    Filter {
        value: Box<Expression>,
        name: String,
        arguments: Vec<Argument>,
    },
    Call {
        function: Box<Expression>,
        arguments: Vec<Argument>,
    },
    /// Joined texts: `~`, and f-strings.
    Concat(Vec<Expression>),
    /// Other operators between values, of which a text may come: `+`, `%`, `*`.
    Operation {
        operator: String,
        operands: Vec<Expression>,
    },
    Conditional {
        test: Box<Expression>,
        yes: Box<Expression>,
        no: Option<Box<Expression>>,
    },
    /// `a or b`, `a and b`: one of them.
    Choice(Vec<Expression>),
    /// A comparison or a test: true or false.
    Test(Vec<Expression>),
    List(Vec<Expression>),
    Dict(Vec<(Expression, Expression)>),
    /// Something else that has these values in it.
    Mixed(Vec<Expression>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Argument {
    pub name: Option<String>,
    pub value: Expression,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    Name(String),
    Text {
        text: String,
        formatted: bool,
    },
    Number(String),
    Operator(&'static str),
    /// A character that begins no token.
    Other,
}

const OPERATORS: &[&str] = &[
    "//", "**", "==", "!=", "<=", ">=", "->", ":=", "+", "-", "*", "/", "%", "~", "|", ".", ",", ":", "(",
    ")", "[", "]", "{", "}", "<", ">", "=", "!", "@", "&", "^", ";",
];

/// The tokens of an expression or of a tag.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if first.is_whitespace() {
            rest = rest.trim_start();
        } else if first == '"' || first == '\'' {
            let (text, after) = quoted(rest, first);
            tokens.push(Token::Text { text, formatted: false });
            rest = after;
        } else if first.is_ascii_digit() {
            let end = rest
                .find(|character: char| {
                    !(character.is_ascii_alphanumeric() || character == '_' || character == '.')
                })
                .unwrap_or(rest.len());
            tokens.push(Token::Number(rest[..end].to_owned()));
            rest = &rest[end..];
        } else if first.is_alphabetic() || first == '_' {
            let end = rest
                .find(|character: char| !(character.is_alphanumeric() || character == '_'))
                .unwrap_or(rest.len());
            let (word, after) = rest.split_at(end);
            rest = after;
            let prefix = word.len() <= 2 && word.chars().all(|letter| "rbufRBUF".contains(letter));
            if prefix && let Some(quote @ ('"' | '\'')) = rest.chars().next() {
                let (text, after) = quoted(rest, quote);
                tokens.push(Token::Text { text, formatted: word.contains(['f', 'F']) });
                rest = after;
            } else {
                tokens.push(Token::Name(word.to_owned()));
            }
        } else if let Some(operator) = OPERATORS.iter().find(|operator| rest.starts_with(**operator)) {
            tokens.push(Token::Operator(operator));
            rest = &rest[operator.len()..];
        } else {
            tokens.push(Token::Other);
            rest = &rest[first.len_utf8()..];
        }
    }
    tokens
}

/// The text of a literal without its quotes, and what follows. Escapes are resolved as far as they matter here.
fn quoted(text: &str, quote: char) -> (String, &str) {
    let triple: String = std::iter::repeat_n(quote, 3).collect();
    if let Some(inside) = text.strip_prefix(&triple) {
        let (content, rest) = inside.split_once(&triple).unwrap_or((inside, ""));
        return (content.to_owned(), rest);
    }
    let mut content = String::new();
    let mut characters = text.char_indices().skip(1);
    while let Some((index, character)) = characters.next() {
        if character == quote {
            return (content, &text[index + 1..]);
        }
        if character != '\\' {
            content.push(character);
            continue;
        }
        match characters.next() {
            Some((_, 'n')) => content.push('\n'),
            Some((_, 'r')) => content.push('\r'),
            Some((_, 't')) => content.push('\t'),
            Some((_, other)) => content.push(other),
            None => {}
        }
    }
    (content, "")
}

/// Parses the text of an expression. What isn't understood becomes [`Expression::Mixed`] of the names in it.
pub(super) fn parse_expression(text: &str, engine: Engine) -> Expression {
    let tokens = tokens(text);
    Parser::new(&tokens, engine).whole()
}

/// Reads tokens one after the other.
pub(super) struct Parser<'a> {
    tokens: &'a [Token],
    position: usize,
    engine: Engine,
    depth: u32,
    /// Something was read that the grammar doesn't have.
    failed: bool,
}

impl<'a> Parser<'a> {
    pub(super) fn new(tokens: &'a [Token], engine: Engine) -> Self {
        Self { tokens, position: 0, engine, depth: 0, failed: false }
    }

    pub(super) fn peek(&self) -> Option<&'a Token> {
        self.tokens.get(self.position)
    }

    pub(super) fn next(&mut self) -> Option<&'a Token> {
        let token = self.tokens.get(self.position)?;
        self.position += 1;
        Some(token)
    }

    pub(super) fn at_end(&self) -> bool {
        self.position >= self.tokens.len()
    }

    pub(super) fn is_operator(&self, operator: &str) -> bool {
        matches!(self.peek(), Some(Token::Operator(found)) if *found == operator)
    }

    pub(super) fn take_operator(&mut self, operator: &str) -> bool {
        let found = self.is_operator(operator);
        self.position += usize::from(found);
        found
    }

    pub(super) fn is_word(&self, word: &str) -> bool {
        matches!(self.peek(), Some(Token::Name(name)) if name == word)
    }

    pub(super) fn take_word(&mut self, word: &str) -> bool {
        let found = self.is_word(word);
        self.position += usize::from(found);
        found
    }

    /// A name with a value assigned comes next.
    pub(super) fn is_assignment(&self) -> bool {
        matches!(self.tokens.get(self.position..), Some([Token::Name(_), Token::Operator("="), ..]))
    }

    pub(super) fn take_name(&mut self) -> Option<String> {
        let Some(Token::Name(name)) = self.peek() else { return None };
        self.position += 1;
        Some(name.clone())
    }

    /// All tokens as one expression.
    pub(super) fn whole(&mut self) -> Expression {
        let start = self.position;
        let expression = self.tuple();
        if self.failed || !self.at_end() {
            self.position = self.tokens.len();
            return Expression::Mixed(names(&self.tokens[start..]));
        }
        expression
    }

    /// An expression that may end before the tokens do.
    pub(super) fn some(&mut self) -> Expression {
        self.attempt(Self::expression)
    }

    /// The same without a condition behind it, or several with commas between them.
    pub(super) fn iterable(&mut self) -> Expression {
        self.attempt(|parser| {
            let mut elements = vec![parser.choice()];
            while !parser.failed && parser.take_operator(",") {
                elements.push(parser.choice());
            }
            single(elements, Expression::List)
        })
    }

    fn attempt(&mut self, read: impl FnOnce(&mut Self) -> Expression) -> Expression {
        let start = self.position;
        let expression = read(self);
        if self.failed {
            self.failed = false;
            // At least one token is used up, so that a caller that loops gets on.
            self.position = self.position.max(start + 1).min(self.tokens.len());
            return Expression::Mixed(names(&self.tokens[start..self.position]));
        }
        expression
    }

    /// Expressions with commas between them: more than one are a tuple.
    pub(super) fn tuple(&mut self) -> Expression {
        let first = self.expression();
        if !self.is_operator(",") {
            return first;
        }
        let mut elements = vec![first];
        while !self.failed && self.take_operator(",") {
            if self.at_end() || self.is_operator(")") || self.is_operator("=") {
                break;
            }
            elements.push(self.expression());
        }
        Expression::List(elements)
    }

    fn fail(&mut self) -> Expression {
        self.failed = true;
        Expression::Constant
    }

    pub(super) fn expression(&mut self) -> Expression {
        self.depth += 1;
        if self.depth > DEPTH_LIMIT {
            // Nothing below is read any more: the names are what is left.
            self.position = self.tokens.len();
            self.depth -= 1;
            return self.fail();
        }
        let value = self.choice();
        let value = if self.engine != Engine::Django && self.take_word("if") {
            let test = Box::new(self.choice());
            let no = self.take_word("else").then(|| Box::new(self.expression()));
            Expression::Conditional { test, yes: Box::new(value), no }
        } else {
            value
        };
        self.depth -= 1;
        value
    }

    fn choice(&mut self) -> Expression {
        let mut operands = vec![self.negation()];
        while !self.failed && (self.take_word("or") || self.take_word("and")) {
            operands.push(self.negation());
        }
        single(operands, Expression::Choice)
    }

    fn negation(&mut self) -> Expression {
        let mut negated = false;
        while self.take_word("not") {
            negated = true;
        }
        let value = self.comparison();
        if negated { Expression::Test(vec![value]) } else { value }
    }

    fn comparison(&mut self) -> Expression {
        let mut operands = vec![self.sum()];
        loop {
            let compares =
                ["==", "!=", "<=", ">=", "<", ">"].iter().any(|operator| self.take_operator(operator));
            let contains = !compares && {
                let negated = self.is_word("not")
                    && matches!(self.tokens.get(self.position + 1), Some(Token::Name(name)) if name == "in");
                self.position += usize::from(negated);
                self.take_word("in")
            };
            if self.failed || !(compares || contains) {
                break;
            }
            operands.push(self.sum());
        }
        single(operands, Expression::Test)
    }

    fn binary(&mut self, operators: &[&str], operand: fn(&mut Self) -> Expression) -> Expression {
        let mut value = operand(self);
        // Chains stay flat, under the first operator.
        while !self.failed
            && let Some(operator) = operators.iter().find(|operator| self.take_operator(operator))
        {
            let next = operand(self);
            match &mut value {
                Expression::Concat(operands) if *operator == "~" => operands.push(next),
                Expression::Operation { operator: first, operands }
                    if operators.contains(&first.as_str()) =>
                {
                    operands.push(next);
                }
                _ if *operator == "~" => value = Expression::Concat(vec![value, next]),
                _ => {
                    value = Expression::Operation {
                        operator: (*operator).to_owned(),
                        operands: vec![value, next],
                    }
                }
            }
        }
        value
    }

    fn sum(&mut self) -> Expression {
        self.binary(&["+", "-"], Self::joined)
    }

    fn joined(&mut self) -> Expression {
        self.binary(&["~"], Self::term)
    }

    fn term(&mut self) -> Expression {
        self.binary(&["*", "/", "//", "%", "**"], Self::unary)
    }

    fn unary(&mut self) -> Expression {
        while self.take_operator("-") || self.take_operator("+") {}
        let value = self.primary();
        self.postfix(value)
    }

    fn primary(&mut self) -> Expression {
        match self.next() {
            Some(Token::Name(name)) => match name.as_str() {
                "none" | "None" | "true" | "True" | "false" | "False" => Expression::Constant,
                "if" | "else" | "and" | "or" | "not" | "in" | "is" | "for" | "lambda" | "with" | "as" => {
                    self.position -= 1;
                    self.fail()
                }
                _ => Expression::Name(name.clone()),
            },
            Some(Token::Number(number)) => Expression::Number(number.clone()),
            Some(Token::Text { text, formatted }) => {
                let mut value = if *formatted {
                    f_string(text, self.engine, self.depth)
                } else {
                    Expression::Text(text.clone())
                };
                // Literals side by side are one.
                while let Some(Token::Text { text, formatted: false }) = self.peek()
                    && let Expression::Text(first) = &mut value
                {
                    first.push_str(text);
                    self.position += 1;
                }
                value
            }
            Some(Token::Operator("(")) => {
                if self.take_operator(")") {
                    return Expression::List(Vec::new());
                }
                let value = self.tuple();
                self.expect(")");
                value
            }
            Some(Token::Operator("[")) => Expression::List(self.elements("]")),
            Some(Token::Operator("{")) => self.dict(),
            Some(_) => {
                self.position -= 1;
                self.fail()
            }
            None => self.fail(),
        }
    }

    fn expect(&mut self, operator: &str) {
        if !self.take_operator(operator) {
            self.failed = true;
        }
    }

    fn elements(&mut self, end: &str) -> Vec<Expression> {
        let mut elements = Vec::new();
        while !self.failed && !self.take_operator(end) {
            elements.push(self.expression());
            if !self.take_operator(",") {
                self.expect(end);
                break;
            }
        }
        elements
    }

    fn dict(&mut self) -> Expression {
        let mut items = Vec::new();
        while !self.failed && !self.take_operator("}") {
            let key = self.expression();
            self.expect(":");
            items.push((key, self.expression()));
            if !self.take_operator(",") {
                self.expect("}");
                break;
            }
        }
        Expression::Dict(items)
    }

    /// Attributes, items, calls, filters and tests behind a value.
    fn postfix(&mut self, mut value: Expression) -> Expression {
        let mut length = 0;
        while !self.failed {
            length += 1;
            // A chain is a tree as deep as it is long.
            if length > DEPTH_LIMIT {
                self.position = self.tokens.len();
                return self.fail();
            }
            if self.take_operator(".") {
                value = match self.next() {
                    Some(Token::Name(name)) => {
                        Expression::Attribute { value: Box::new(value), name: name.clone() }
                    }
                    Some(Token::Number(number)) => positions(value, number),
                    _ => self.fail(),
                };
            } else if self.engine != Engine::Django && self.take_operator("[") {
                let key = self.subscript();
                value = Expression::Item { value: Box::new(value), key: Box::new(key) };
            } else if self.engine != Engine::Django && self.take_operator("(") {
                value = Expression::Call { function: Box::new(value), arguments: self.arguments() };
            } else if self.take_operator("|") {
                value = self.filter(value);
            } else if self.engine != Engine::Mako && self.is_word("is") {
                value = self.test(value);
            } else if self.engine == Engine::Mako && self.take_word("is") {
                self.take_word("not");
                let other = self.primary();
                value = Expression::Test(vec![value, self.path(other)]);
            } else {
                break;
            }
        }
        value
    }

    fn subscript(&mut self) -> Expression {
        let mut parts = Vec::new();
        let mut slice = false;
        while !self.failed && !self.take_operator("]") {
            if self.take_operator(":") {
                slice = true;
            } else {
                parts.push(self.tuple());
                if !self.is_operator(":") {
                    self.expect("]");
                    break;
                }
            }
        }
        if slice { Expression::Mixed(parts) } else { single(parts, Expression::Mixed) }
    }

    /// Behind the opening parenthesis.
    pub(super) fn arguments(&mut self) -> Vec<Argument> {
        let mut arguments = Vec::new();
        while !self.failed && !self.take_operator(")") {
            arguments.push(self.argument());
            if !self.take_operator(",") {
                self.expect(")");
                break;
            }
        }
        arguments
    }

    fn argument(&mut self) -> Argument {
        let spread = self.take_operator("**") || self.take_operator("*");
        let named = matches!(self.tokens.get(self.position + 1), Some(Token::Operator("=")));
        let name = if named && !spread { self.take_name() } else { None };
        if name.is_some() {
            self.position += 1;
        }
        let value = self.expression();
        Argument { name, value: if spread { Expression::Mixed(vec![value]) } else { value } }
    }

    /// Behind the bar.
    fn filter(&mut self, value: Expression) -> Expression {
        let Some(mut name) = self.take_name() else { return self.fail() };
        let mut arguments = Vec::new();
        if self.engine == Engine::Django {
            if self.take_operator(":") {
                let argument = self.primary();
                arguments.push(Argument { name: None, value: self.path(argument) });
            }
        } else {
            while self.is_operator(".") {
                self.position += 1;
                name.push('.');
                name.push_str(&self.take_name().unwrap_or_default());
            }
            if self.take_operator("(") {
                arguments = self.arguments();
            }
        }
        Expression::Filter { value: Box::new(value), name, arguments }
    }

    /// The attributes of a variable, without its filters.
    fn path(&mut self, mut value: Expression) -> Expression {
        let mut length = 0;
        while !self.failed && length < DEPTH_LIMIT && self.take_operator(".") {
            length += 1;
            value = match self.next() {
                Some(Token::Name(name)) => {
                    Expression::Attribute { value: Box::new(value), name: name.clone() }
                }
                Some(Token::Number(number)) => positions(value, number),
                _ => self.fail(),
            };
        }
        value
    }

    /// `is defined`, `is not divisibleby 3`, `is sameas(x)`.
    fn test(&mut self, value: Expression) -> Expression {
        self.position += 1;
        self.take_word("not");
        let mut operands = vec![value];
        if self.take_name().is_none() {
            // Django compares: `is None` begins with a name as well, so this is a literal or an error.
            operands.push(self.primary());
        }
        if self.engine == Engine::Jinja {
            if self.take_operator("(") {
                operands.extend(self.arguments().into_iter().map(|argument| argument.value));
            } else if self.tests_with_argument() {
                let argument = self.primary();
                operands.push(self.path(argument));
            }
        }
        Expression::Test(operands)
    }

    fn tests_with_argument(&self) -> bool {
        match self.peek() {
            Some(Token::Number(_) | Token::Text { .. } | Token::Operator("[" | "{")) => true,
            Some(Token::Name(name)) => {
                !matches!(name.as_str(), "and" | "or" | "if" | "else" | "is" | "not" | "in")
            }
            _ => false,
        }
    }
}

/// `rows.0.name`: what begins with a digit is one number to the tokens, with the dots in it.
fn positions(value: Expression, number: &str) -> Expression {
    number.split('.').take(DEPTH_LIMIT as usize).fold(value, |value, step| {
        let value = Box::new(value);
        if step.starts_with(|first: char| first.is_ascii_digit()) {
            Expression::Item { value, key: Box::new(Expression::Number(step.to_owned())) }
        } else {
            Expression::Attribute { value, name: step.to_owned() }
        }
    })
}

fn single(mut values: Vec<Expression>, make: fn(Vec<Expression>) -> Expression) -> Expression {
    if values.len() == 1
        && let Some(value) = values.pop()
    {
        return value;
    }
    make(values)
}

/// The variables among tokens that weren't understood.
fn names(tokens: &[Token]) -> Vec<Expression> {
    let mut names = Vec::new();
    let mut attribute = false;
    for token in tokens {
        if let Token::Name(name) = token
            && !attribute
            && !matches!(
                name.as_str(),
                "if" | "else"
                    | "and"
                    | "or"
                    | "not"
                    | "in"
                    | "is"
                    | "for"
                    | "lambda"
                    | "None"
                    | "True"
                    | "False"
            )
        {
            names.push(Expression::Name(name.clone()));
        }
        attribute = matches!(token, Token::Operator("." | "|"));
    }
    names
}

fn f_string(text: &str, engine: Engine, depth: u32) -> Expression {
    let Some(parts) = brace_parts(text).filter(|_| depth < DEPTH_LIMIT / 2) else {
        return Expression::Text(text.to_owned());
    };
    let values = parts.into_iter().map(|part| match part {
        FormatPart::Literal(literal) => Expression::Text(literal),
        FormatPart::Field(field) => {
            let base = match field.reference {
                Reference::Name(name) => parse_expression(&name, engine),
                Reference::Auto(_) | Reference::Position(_) => Expression::Constant,
            };
            field.path.into_iter().take(DEPTH_LIMIT as usize).fold(base, |value, access| match access {
                Access::Attribute(name) => Expression::Attribute { value: Box::new(value), name },
                Access::Key(key) => {
                    Expression::Item { value: Box::new(value), key: Box::new(parse_expression(&key, engine)) }
                }
                Access::Index(index) => {
                    let key = Box::new(Expression::Number(index.to_string()));
                    Expression::Item { value: Box::new(value), key }
                }
            })
        }
    });
    Expression::Concat(values.collect())
}
