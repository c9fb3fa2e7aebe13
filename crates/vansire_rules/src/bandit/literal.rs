//! Literal values, as far as Bandit reads them: names and attributes count as texts, what isn't a literal as nothing.

use vansire_python::ir::{ArgumentKind, Call, Constant, Expr, ExprKind};

/// The value of an expression.
#[derive(Debug, PartialEq)]
pub enum Literal<'a> {
    /// A string; also `True`, `False`, `None`, a name, or the last part of a dotted name.
    Text(&'a str),
    Integer(i64),
    BigInteger,
    Float(f64),
    /// Bytes, a complex number, an ellipsis.
    Other,
    List(Vec<Literal<'a>>),
    Tuple(usize),
    Set(usize),
    Dictionary(usize),
    /// Not a literal.
    Nothing,
}

impl<'a> Literal<'a> {
    pub fn of(expression: &'a Expr) -> Self {
        match &expression.kind {
            ExprKind::Constant(constant) => match constant {
                Constant::None => Self::Text("None"),
                Constant::True => Self::Text("True"),
                Constant::False => Self::Text("False"),
                Constant::Integer(number) => Self::Integer(*number),
                Constant::BigInteger => Self::BigInteger,
                Constant::Float(number) => Self::Float(*number),
                Constant::String(text) => Self::Text(text),
                Constant::Ellipsis | Constant::Complex | Constant::Bytes(_) => Self::Other,
            },
            ExprKind::Name(_, name) => Self::Text(name.as_str()),
            ExprKind::List(items) => Self::List(items.iter().map(Self::of).collect()),
            ExprKind::Tuple(items) => Self::Tuple(items.len()),
            ExprKind::Set(items) => Self::Set(items.len()),
            ExprKind::Dict(items) => Self::Dictionary(items.len()),
            _ => Self::Nothing,
        }
    }

    /// The value of an argument, for which the last part of a dotted name counts.
    pub fn of_argument(expression: &'a Expr) -> Self {
        match &expression.kind {
            ExprKind::Attribute(_, name) => Self::Text(name.as_str()),
            _ => Self::of(expression),
        }
    }

    pub fn text(&self) -> Option<&'a str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    pub fn is(&self, text: &str) -> bool {
        self.text() == Some(text)
    }

    /// Whether Python takes it for true.
    pub fn is_true(&self) -> bool {
        match self {
            Self::Text(text) => !text.is_empty(),
            Self::Integer(number) => *number != 0,
            Self::Float(number) => *number != 0.0,
            Self::BigInteger | Self::Other => true,
            Self::List(items) => !items.is_empty(),
            Self::Tuple(length) | Self::Set(length) | Self::Dictionary(length) => *length > 0,
            Self::Nothing => false,
        }
    }
}

/// A call's arguments in Bandit's way.
#[derive(Clone, Copy)]
pub struct Arguments<'a>(pub &'a Call);

impl<'a> Arguments<'a> {
    /// The positional ones, `*values` among them.
    pub fn positional(self) -> impl Iterator<Item = &'a Expr> {
        let is_positional = |kind| matches!(kind, ArgumentKind::Positional | ArgumentKind::Starred);
        self.0.arguments.iter().filter(move |one| is_positional(one.kind)).map(|one| &one.value)
    }

    pub fn count(self) -> usize {
        self.positional().count()
    }

    /// The first positional one, unless it is `*values`.
    pub fn first(self) -> Option<&'a Expr> {
        self.plain(0)
    }

    /// A positional one by its number, unless it is `*values`.
    pub fn plain(self, index: usize) -> Option<&'a Expr> {
        let is_positional = |kind| matches!(kind, ArgumentKind::Positional | ArgumentKind::Starred);
        let found = self.0.arguments.iter().filter(|one| is_positional(one.kind)).nth(index)?;
        (found.kind == ArgumentKind::Positional).then_some(&found.value)
    }

    /// The value of a positional one.
    pub fn at(self, index: usize) -> Literal<'a> {
        self.plain(index).map_or(Literal::Nothing, Literal::of_argument)
    }

    /// The expression of a keyword; of several the last.
    pub fn keyword(self, name: &str) -> Option<&'a Expr> {
        let named = |kind| matches!(kind, ArgumentKind::Keyword(keyword) if keyword.as_str() == name);
        self.0.arguments.iter().rev().find(|one| named(one.kind)).map(|one| &one.value)
    }

    /// The value of a keyword; `Nothing` where there is none.
    pub fn value(self, name: &str) -> Literal<'a> {
        self.keyword(name).map_or(Literal::Nothing, Literal::of_argument)
    }

    /// Whether a keyword has one of these texts; none where it isn't given, or not as a literal.
    pub fn check(self, name: &str, texts: &[&str]) -> Option<bool> {
        match self.value(name) {
            Literal::Nothing => None,
            value => Some(texts.iter().any(|text| value.is(text))),
        }
    }
}
