//! Between CloudFormation's JSON and the SDK's structs, which name the same things in two styles.
//!
//! [`parts!`] takes a table of such names and writes both directions from it, so that what can be set can be read.

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;

use crate::model::Json;
use crate::providers::{ErrorKind, ProviderError};

/// What a property holds that can't be put into the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfit {
    /// Where, from here downwards: `Ebs.VolumeSize`.
    path: String,
    /// What was expected, or that nothing was.
    problem: Problem,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Problem {
    Unknown,
    Expected(&'static str),
}

impl Unfit {
    /// A value of another kind than the API takes.
    pub fn expected(what: &'static str) -> Self {
        Self { path: String::new(), problem: Problem::Expected(what) }
    }

    /// A property that this version can't write.
    pub fn unknown(name: &str) -> Self {
        Self { path: name.to_owned(), problem: Problem::Unknown }
    }

    /// The same, seen from the object around.
    #[must_use]
    pub fn inside(mut self, name: &str) -> Self {
        self.path = match self.path.as_str() {
            "" => name.to_owned(),
            below if below.starts_with('[') => format!("{name}{below}"),
            below => format!("{name}.{below}"),
        };
        self
    }

    /// As an error of the call that would have carried it.
    pub fn into_error(self, operation: &'static str) -> ProviderError {
        match self.problem {
            Problem::Unknown => ProviderError::new(
                ErrorKind::Unsupported,
                operation,
                format!("can't set {}: take it out of the blueprint", self.path),
            ),
            Problem::Expected(what) => {
                ProviderError::new(ErrorKind::Invalid, operation, format!("{} must be {what}", self.path))
            }
        }
    }
}

/// What can be made of CloudFormation's JSON.
pub trait FromJson: Sized {
    /// The value, or what does not fit.
    fn from_json(json: &Json) -> Result<Self, Unfit>;
}

/// What can be written as CloudFormation's JSON.
pub trait ToJson {
    /// The JSON; `None` for nothing.
    fn to_json(&self) -> Option<Json>;
}

impl FromJson for String {
    fn from_json(json: &Json) -> Result<Self, Unfit> {
        match json {
            Json::String(text) => Ok(text.clone()),
            Json::Number(number) => Ok(number.to_string()),
            Json::Bool(flag) => Ok(flag.to_string()),
            _ => Err(Unfit::expected("a text")),
        }
    }
}

/// Values that CloudFormation also takes as texts.
macro_rules! scalar {
    ($type:ty, $expected:literal, $read:expr) => {
        impl FromJson for $type {
            fn from_json(json: &Json) -> Result<Self, Unfit> {
                let read: fn(&Json) -> Option<$type> = $read;
                read(json).or_else(|| json.as_str()?.parse().ok()).ok_or(Unfit::expected($expected))
            }
        }

        impl ToJson for $type {
            fn to_json(&self) -> Option<Json> {
                Some(Json::from(*self))
            }
        }
    };
}

scalar!(bool, "true or false", Json::as_bool);
scalar!(i32, "a whole number", |json| json.as_i64().and_then(|number| number.try_into().ok()));
scalar!(f64, "a number", Json::as_f64);

impl ToJson for String {
    fn to_json(&self) -> Option<Json> {
        Some(Json::from(self.as_str()))
    }
}

impl FromJson for DateTime {
    fn from_json(json: &Json) -> Result<Self, Unfit> {
        json.as_str()
            .and_then(|text| Self::from_str(text, Format::DateTimeWithOffset).ok())
            .ok_or(Unfit::expected("a time such as 2030-01-31T00:00:00Z"))
    }
}

impl ToJson for DateTime {
    fn to_json(&self) -> Option<Json> {
        self.fmt(Format::DateTime).ok().map(Json::from)
    }
}

impl<T: FromJson> FromJson for Vec<T> {
    fn from_json(json: &Json) -> Result<Self, Unfit> {
        let items = json.as_array().ok_or(Unfit::expected("a list"))?.iter().enumerate();
        items.map(|(at, item)| T::from_json(item).map_err(|unfit| unfit.inside(&format!("[{at}]")))).collect()
    }
}

impl<T: ToJson> ToJson for Vec<T> {
    fn to_json(&self) -> Option<Json> {
        let items: Vec<Json> = self.iter().filter_map(ToJson::to_json).collect();
        (!items.is_empty()).then_some(Json::Array(items))
    }
}

/// Enumerations: texts on both sides.
macro_rules! words {
    ($($type:ident),* $(,)?) => {
        $(
            impl $crate::providers::aws::ec2::launch_template::convert::FromJson
                for aws_sdk_ec2::types::$type
            {
                fn from_json(
                    json: &$crate::model::Json,
                ) -> Result<Self, $crate::providers::aws::ec2::launch_template::convert::Unfit> {
                    <String as $crate::providers::aws::ec2::launch_template::convert::FromJson>::from_json(json)
                        .map(|text| Self::from(text.as_str()))
                }
            }

            impl $crate::providers::aws::ec2::launch_template::convert::ToJson
                for aws_sdk_ec2::types::$type
            {
                fn to_json(&self) -> Option<$crate::model::Json> {
                    Some($crate::model::Json::from(self.as_str()))
                }
            }
        )*
    };
}

/// Objects: `Request <- Response { Property => field, ... }`. Each property is put into the request's field and read out
/// of the response's; any other is refused.
macro_rules! parts {
    ($($request:ident <- $response:ident { $($property:ident => $field:ident),* $(,)? })*) => {
        $(
            impl $crate::providers::aws::ec2::launch_template::convert::FromJson
                for aws_sdk_ec2::types::$request
            {
                fn from_json(
                    json: &$crate::model::Json,
                ) -> Result<Self, $crate::providers::aws::ec2::launch_template::convert::Unfit> {
                    use $crate::providers::aws::ec2::launch_template::convert::{FromJson, Unfit};
                    let object = json.as_object().ok_or(Unfit::expected("an object"))?;
                    let mut part = Self::builder().build();
                    for (name, value) in object.iter().filter(|(_, value)| !value.is_null()) {
                        match name.as_str() {
                            $(
                                stringify!($property) => {
                                    let value = FromJson::from_json(value);
                                    part.$field = Some(value.map_err(|unfit| unfit.inside(name))?);
                                }
                            )*
                            other => return Err(Unfit::unknown(other)),
                        }
                    }
                    Ok(part)
                }
            }

            impl $crate::providers::aws::ec2::launch_template::convert::ToJson
                for aws_sdk_ec2::types::$response
            {
                fn to_json(&self) -> Option<$crate::model::Json> {
                    use $crate::providers::aws::ec2::launch_template::convert::ToJson;
                    let mut object = $crate::model::JsonMap::new();
                    $(
                        if let Some(value) = self.$field.as_ref().and_then(ToJson::to_json) {
                            object.insert(stringify!($property).to_owned(), value);
                        }
                    )*
                    (!object.is_empty()).then_some($crate::model::Json::Object(object))
                }
            }
        )*
    };
}
