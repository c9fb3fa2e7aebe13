//! Stores that everybody shares, by key: what one request puts there, another one finds.

use super::external::CallSite;
use super::{Frame, Solver};
use crate::domain::{Identity, Key, ObjectId, Ref, Value};

/// Types with `set(key, value)` and `get(key)`.
const CACHES: [&str; 7] = [
    "flask_caching.Cache",
    "cachelib.base.BaseCache",
    "django.core.cache.backends.base.BaseCache",
    "werkzeug.contrib.cache.BaseCache",
    "redis.Redis",
    "aiocache.base.BaseCache",
    "dogpile.cache.region.CacheRegion",
];

impl<'p> Solver<'p> {
    /// `cache.set(key, value)`, `cache.get(key)`; none for all other calls.
    pub(super) fn cache_call(
        &mut self,
        frame: &mut Frame<'p>,
        owner: &str,
        method: &str,
        site: &CallSite<'_>,
    ) -> Option<Value> {
        if !CACHES.contains(&owner) {
            return None;
        }
        let receiver = site.receiver?;
        let stores: Vec<ObjectId> = receiver
            .refs
            .iter()
            .filter_map(|one| match one {
                Ref::Object(id) => Some(*id),
                Ref::External(name) => Some(ObjectId::External(*name)),
                Ref::Instance(name) => match receiver.identity {
                    Some(Identity::Entity(entity)) => Some(ObjectId::External(entity)),
                    _ => Some(ObjectId::External(*name)),
                },
                _ => None,
            })
            .collect();
        let key = site.arguments.positional.first()?.clone();
        let keys = Key::of(&key);
        if method == "set" || method == "add" {
            let value = site.arguments.get(1, "value")?;
            if !value.has_labels() {
                return None;
            }
            for store in stores {
                let (keys, value) = (keys.clone(), value.clone());
                self.change(frame, store, |object| match keys.as_deref() {
                    Some([key]) => {
                        let all = object.entry(key).cloned().unwrap_or_default();
                        object.set_entry(key.clone(), all.join(&value));
                    }
                    _ => object.rest = object.rest.join(&value.unsure()),
                });
            }
            return None;
        }
        let mut found = Value::undefined();
        for store in stores {
            let object = self.object(frame, store);
            match keys.as_deref() {
                Some(keys) => {
                    for key in keys {
                        if let Some(value) = object.entry(key) {
                            found = found.join(value);
                        }
                    }
                }
                None => found = found.join(&object.rest),
            }
        }
        // What was never put there isn't known.
        (!found.is_undefined() && found.has_labels()).then(|| {
            found
                .join(&Value::none())
                .join(&Value::unknown())
                .with_identity(Some(Identity::Site(site.span.start, 72)))
        })
    }
}

/// Whether this is the name of such a store's type.
pub(super) fn is_cache(name: &str) -> bool {
    CACHES.contains(&name)
}

/// Whether a method of this name reads or writes such a store.
pub(super) fn is_cache_method(name: &str) -> bool {
    matches!(name, "get" | "set" | "add")
}
