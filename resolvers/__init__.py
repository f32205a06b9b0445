"""What a field does: functions over records, loaders, the request context and domain errors."""
