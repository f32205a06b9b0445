"""The servers that Tonearm is measured beside, each as small as the two workloads allow."""
