//! EKS's side of the wire in a test, for what takes EKS minutes: answers by a closure, calls on record.

use std::sync::{Arc, Mutex};

use serde_json::json;

use super::super::{Aws, fake};
use crate::model::Json;

pub use super::super::fake::{delta, live, look, update};

/// A call: what it asks for, and its body.
pub struct Call {
    /// `POST /clusters/shop/updates`; the operation alone where the protocol names it.
    pub line: String,
    /// The JSON body; null where there is none.
    pub body: Json,
}

/// A session whose every call the closure answers; and the calls made on it.
pub fn session(
    answer: impl Fn(&Call) -> (u16, Json) + Send + Sync + 'static,
) -> (Arc<Aws>, Arc<Mutex<Vec<Call>>>) {
    let calls = Arc::new(Mutex::new(Vec::new()));
    let record = calls.clone();
    let (aws, _) = fake::session(move |call| {
        let body = serde_json::from_str(&call.body).unwrap_or(Json::Null);
        let call = Call { line: call.line.clone(), body };
        let (status, body) = answer(&call);
        record.lock().unwrap().push(call);
        fake::Answer::json(status, &body)
    });
    (aws, calls)
}

/// An error as EKS answers it.
pub fn error(status: u16, code: &str, message: &str) -> (u16, Json) {
    (status, json!({"code": code, "message": message}))
}
