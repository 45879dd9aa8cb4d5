//! `NotificationConfiguration`: events to Lambda, SQS, SNS and EventBridge.

use async_trait::async_trait;
use aws_sdk_s3::types::{
    Event, EventBridgeConfiguration, FilterRule, FilterRuleName, LambdaFunctionConfiguration,
    NotificationConfiguration, NotificationConfigurationFilter, QueueConfiguration, S3KeyFilter,
    TopicConfiguration,
};
use serde_json::json;

use super::super::super::error::unbuilt;
use super::super::super::{Shape, Writer};
use super::{At, PUT, Setting, failed, not_visible_yet, optional};
use crate::model::Json;
use crate::providers::Result;

/// `NotificationConfiguration`.
pub struct Notification;

#[async_trait]
impl Setting for Notification {
    fn property(&self) -> &'static str {
        "NotificationConfiguration"
    }

    async fn read(&self, at: &At<'_>) -> Result<Option<Json>> {
        let call = at.client.get_bucket_notification_configuration().bucket(at.bucket).send().await;
        let Some(found) = optional(call.map_err(failed("s3:GetBucketNotificationConfiguration")))? else {
            return Ok(None);
        };
        let configuration = NotificationConfiguration::builder()
            .set_lambda_function_configurations(found.lambda_function_configurations)
            .set_queue_configurations(found.queue_configurations)
            .set_topic_configurations(found.topic_configurations)
            .set_event_bridge_configuration(found.event_bridge_configuration)
            .build();
        let shape = shape(&configuration).build();
        Ok((!shape.is_empty()).then_some(Json::Object(shape)))
    }

    async fn write(&self, at: &At<'_>, bucket: Shape<'_>) -> Result<()> {
        let Some(wanted) = bucket.object(self.property()) else { return Ok(()) };
        put(at, configuration(wanted)?).await
    }

    async fn reset(&self, at: &At<'_>, _live: Shape<'_>) -> Result<()> {
        put(at, NotificationConfiguration::builder().build()).await
    }
}

async fn put(at: &At<'_>, configuration: NotificationConfiguration) -> Result<()> {
    let call = at.client.put_bucket_notification_configuration().bucket(at.bucket);
    let call = call.notification_configuration(configuration).send().await;
    call.map(drop).map_err(|error| not_visible_yet(failed("s3:PutBucketNotificationConfiguration")(error)))
}

/// CloudFormation has one entry an event, the API one entry for several.
fn shape(found: &NotificationConfiguration) -> Writer {
    fn entries(
        name: &'static str,
        target: &str,
        events: &[Event],
        filter: Option<&NotificationConfigurationFilter>,
    ) -> Vec<Json> {
        let entry = |event: &Event| {
            let filter = filter.map_or_else(Writer::new, filter_shape);
            Writer::new().set("Event", event.as_str()).set(name, target).nest("Filter", filter).into()
        };
        events.iter().map(entry).collect()
    }
    let lambdas = found.lambda_function_configurations().iter();
    let queues = found.queue_configurations().iter();
    let topics = found.topic_configurations().iter();
    Writer::new()
        .list(
            "LambdaConfigurations",
            lambdas.flat_map(|c| entries("Function", c.lambda_function_arn(), c.events(), c.filter())),
        )
        .list(
            "QueueConfigurations",
            queues.flat_map(|c| entries("Queue", c.queue_arn(), c.events(), c.filter())),
        )
        .list(
            "TopicConfigurations",
            topics.flat_map(|c| entries("Topic", c.topic_arn(), c.events(), c.filter())),
        )
        .put(
            "EventBridgeConfiguration",
            found.event_bridge_configuration().map(|_| json!({"EventBridgeEnabled": true})),
        )
}

fn filter_shape(filter: &NotificationConfigurationFilter) -> Writer {
    let rules = filter.key().map(S3KeyFilter::filter_rules).unwrap_or_default();
    let rules = rules.iter().map(|rule| {
        let name = rule.name().map(|name| name.as_str().to_ascii_lowercase());
        Writer::new().put("Name", name).put("Value", rule.value())
    });
    Writer::new().nest("S3Key", Writer::new().list("Rules", rules))
}

fn configuration(wanted: Shape<'_>) -> Result<NotificationConfiguration> {
    let event = |entry: Shape<'_>| entry.str("Event").map(|event| vec![Event::from(event)]);
    let lambdas = wanted.objects("LambdaConfigurations").into_iter().map(|entry| {
        let built = LambdaFunctionConfiguration::builder().set_lambda_function_arn(entry.text("Function"));
        built.set_events(event(entry)).set_filter(filter(entry)).build().map_err(unbuilt(PUT))
    });
    let queues = wanted.objects("QueueConfigurations").into_iter().map(|entry| {
        let built = QueueConfiguration::builder().set_queue_arn(entry.text("Queue"));
        built.set_events(event(entry)).set_filter(filter(entry)).build().map_err(unbuilt(PUT))
    });
    let topics = wanted.objects("TopicConfigurations").into_iter().map(|entry| {
        let built = TopicConfiguration::builder().set_topic_arn(entry.text("Topic"));
        built.set_events(event(entry)).set_filter(filter(entry)).build().map_err(unbuilt(PUT))
    });
    let bridge = wanted.object("EventBridgeConfiguration");
    let bridge = bridge.filter(|bridge| bridge.bool("EventBridgeEnabled").unwrap_or(true));
    Ok(NotificationConfiguration::builder()
        .set_lambda_function_configurations(Some(lambdas.collect::<Result<_>>()?))
        .set_queue_configurations(Some(queues.collect::<Result<_>>()?))
        .set_topic_configurations(Some(topics.collect::<Result<_>>()?))
        .set_event_bridge_configuration(bridge.map(|_| EventBridgeConfiguration::builder().build()))
        .build())
}

fn filter(entry: Shape<'_>) -> Option<NotificationConfigurationFilter> {
    let rules = entry.object("Filter")?.object("S3Key")?.objects("Rules");
    let rules = rules.into_iter().map(|rule| {
        FilterRule::builder()
            .set_name(rule.str("Name").map(FilterRuleName::from))
            .set_value(rule.text("Value"))
            .build()
    });
    let key = S3KeyFilter::builder().set_filter_rules(Some(rules.collect())).build();
    Some(NotificationConfigurationFilter::builder().key(key).build())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let wanted = json!({
            "LambdaConfigurations": [{"Event": "s3:ObjectCreated:*", "Function": "arn:aws:lambda:x",
                "Filter": {"S3Key": {"Rules": [{"Name": "prefix", "Value": "raw/"}]}}}],
            "QueueConfigurations": [{"Event": "s3:ObjectRemoved:*", "Queue": "arn:aws:sqs:x"}],
            "EventBridgeConfiguration": {"EventBridgeEnabled": true},
        });
        let built = configuration(Shape(wanted.as_object().unwrap())).unwrap();
        assert_eq!(Json::from(shape(&built)), wanted);
    }

    #[test]
    fn several_events_of_one_entry_are_several_entries() {
        let topic = TopicConfiguration::builder()
            .topic_arn("t")
            .events(Event::S3ObjectCreated)
            .events(Event::S3ObjectRemoved)
            .build()
            .unwrap();
        let found = NotificationConfiguration::builder().topic_configurations(topic).build();
        assert_eq!(
            Json::from(shape(&found)),
            json!({"TopicConfigurations": [
                {"Event": "s3:ObjectCreated:*", "Topic": "t"},
                {"Event": "s3:ObjectRemoved:*", "Topic": "t"},
            ]})
        );
    }
}
