//! Interned names. A [`Symbol`] is a number that stands for a string for the life of the process.

use std::sync::{LazyLock, RwLock};

use rustc_hash::FxHashMap;

/// An interned string. Equality is identity. The order is that of the numbers, which depends on which
/// thread came first: good for look-up tables, never for output, which sorts by [`Symbol::as_str`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Symbol(u32);

#[derive(Default)]
struct Interner {
    numbers: FxHashMap<&'static str, u32>,
    strings: Vec<&'static str>,
}

static INTERNER: LazyLock<RwLock<Interner>> = LazyLock::new(RwLock::default);

thread_local! {
    // Most look-ups are of names this thread has already seen: no lock for them.
    static SEEN: std::cell::RefCell<FxHashMap<&'static str, u32>> = std::cell::RefCell::default();
    static NAMES: std::cell::RefCell<Vec<&'static str>> = const { std::cell::RefCell::new(Vec::new()) };
}

impl Symbol {
    pub fn new(text: &str) -> Self {
        SEEN.with_borrow_mut(|seen| {
            if let Some(&number) = seen.get(text) {
                return Self(number);
            }
            let (text, number) = intern(text);
            seen.insert(text, number);
            Self(number)
        })
    }

    pub fn as_str(self) -> &'static str {
        NAMES.with_borrow_mut(|names| {
            if let Some(&name) = names.get(self.0 as usize) {
                return name;
            }
            let interner = INTERNER.read().unwrap_or_else(std::sync::PoisonError::into_inner);
            names.extend_from_slice(&interner.strings[names.len()..]);
            names[self.0 as usize]
        })
    }
}

fn intern(text: &str) -> (&'static str, u32) {
    let mut interner = INTERNER.write().unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some((&text, &number)) = interner.numbers.get_key_value(text) {
        return (text, number);
    }
    // Interned strings live as long as the process: the set of names in a project is bounded.
    let text: &'static str = Box::leak(text.to_owned().into_boxed_str());
    let number = interner.strings.len() as u32;
    interner.strings.push(text);
    interner.numbers.insert(text, number);
    (text, number)
}

impl std::fmt::Debug for Symbol {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Debug::fmt(self.as_str(), formatter)
    }
}

impl std::fmt::Display for Symbol {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// The symbol of a literal, interned once.
#[macro_export]
macro_rules! symbol {
    ($text:expr) => {{
        static SYMBOL: std::sync::OnceLock<$crate::Symbol> = std::sync::OnceLock::new();
        *SYMBOL.get_or_init(|| $crate::Symbol::new($text))
    }};
}
