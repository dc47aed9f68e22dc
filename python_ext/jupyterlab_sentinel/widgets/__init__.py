"""What is drawn: charts and maps."""
