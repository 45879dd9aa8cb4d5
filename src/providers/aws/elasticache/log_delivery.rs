//! Where a replication group's logs go: slow log and engine log, to CloudWatch Logs or Firehose.

use aws_sdk_elasticache::types::{
    CloudWatchLogsDestinationDetails, DestinationDetails, DestinationType, KinesisFirehoseDestinationDetails,
    LogDeliveryConfiguration, LogDeliveryConfigurationRequest, LogDeliveryConfigurationStatus, LogFormat,
    LogType,
};

use super::super::{Shape, Writer};

const PROPERTY: &str = "LogDeliveryConfigurations";

/// What a create or update asks for; `None` where the blueprint says nothing.
pub fn wanted(properties: Shape<'_>) -> Option<Vec<LogDeliveryConfigurationRequest>> {
    properties.get(PROPERTY).map(|_| properties.objects(PROPERTY).into_iter().map(request).collect())
}

/// What brings the live deliveries to the wanted ones: those of other log types are turned off.
pub fn change(
    live: &[LogDeliveryConfiguration],
    properties: Shape<'_>,
) -> Vec<LogDeliveryConfigurationRequest> {
    let mut requests = wanted(properties).unwrap_or_default();
    let off = live
        .iter()
        .filter_map(LogDeliveryConfiguration::log_type)
        .filter(|kind| !requests.iter().any(|request| request.log_type() == Some(kind)))
        .map(|kind| LogDeliveryConfigurationRequest::builder().log_type(kind.clone()).enabled(false).build())
        .collect::<Vec<_>>();
    requests.extend(off);
    requests
}

/// CloudFormation's shape of the live deliveries.
pub fn shape(live: &[LogDeliveryConfiguration]) -> Vec<Writer> {
    live.iter()
        .filter(|delivery| delivery.status() != Some(&LogDeliveryConfigurationStatus::Disabling))
        .map(|delivery| {
            Writer::new()
                .put("LogType", delivery.log_type().map(LogType::as_str))
                .put("LogFormat", delivery.log_format().map(LogFormat::as_str))
                .put("DestinationType", delivery.destination_type().map(DestinationType::as_str))
                .nest("DestinationDetails", delivery.destination_details().map_or_else(Writer::new, details))
        })
        .collect()
}

fn request(wanted: Shape<'_>) -> LogDeliveryConfigurationRequest {
    let lower = |name| wanted.text(name).map(|text| text.to_ascii_lowercase());
    LogDeliveryConfigurationRequest::builder()
        .set_log_type(lower("LogType").as_deref().map(LogType::from))
        .set_log_format(lower("LogFormat").as_deref().map(LogFormat::from))
        .set_destination_type(lower("DestinationType").as_deref().map(DestinationType::from))
        .set_destination_details(wanted.object("DestinationDetails").map(destination))
        .enabled(true)
        .build()
}

fn destination(wanted: Shape<'_>) -> DestinationDetails {
    let logs = wanted.object("CloudWatchLogsDetails").map(|details| {
        CloudWatchLogsDestinationDetails::builder().set_log_group(details.text("LogGroup")).build()
    });
    let firehose = wanted.object("KinesisFirehoseDetails").map(|details| {
        let stream = details.text("DeliveryStream");
        KinesisFirehoseDestinationDetails::builder().set_delivery_stream(stream).build()
    });
    DestinationDetails::builder()
        .set_cloud_watch_logs_details(logs)
        .set_kinesis_firehose_details(firehose)
        .build()
}

fn details(live: &DestinationDetails) -> Writer {
    let logs = live.cloud_watch_logs_details().and_then(|details| details.log_group());
    let firehose = live.kinesis_firehose_details().and_then(|details| details.delivery_stream());
    Writer::new()
        .nest("CloudWatchLogsDetails", Writer::new().put("LogGroup", logs))
        .nest("KinesisFirehoseDetails", Writer::new().put("DeliveryStream", firehose))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::JsonMap;
    use serde_json::json;

    #[test]
    fn a_delivery_that_is_gone_is_turned_off() {
        let delivery = |kind| {
            LogDeliveryConfiguration::builder()
                .log_type(kind)
                .destination_type(DestinationType::CloudWatchLogs)
                .destination_details(
                    DestinationDetails::builder()
                        .cloud_watch_logs_details(
                            CloudWatchLogsDestinationDetails::builder().log_group("/cache").build(),
                        )
                        .build(),
                )
                .log_format(LogFormat::Json)
                .build()
        };
        let live = [delivery(LogType::SlowLog), delivery(LogType::EngineLog)];
        let desired = json!({PROPERTY: [shape(&live[..1]).remove(0).build()]});
        let requests = change(&live, Shape(desired.as_object().unwrap()));
        let told: Vec<_> = requests.iter().map(|r| (r.log_type().unwrap().as_str(), r.enabled())).collect();
        assert_eq!(told, [("slow-log", Some(true)), ("engine-log", Some(false))]);
        let logs = requests[0].destination_details().unwrap().cloud_watch_logs_details().unwrap();
        assert_eq!(logs.log_group(), Some("/cache"));
        assert!(wanted(Shape(&JsonMap::new())).is_none());
    }
}
