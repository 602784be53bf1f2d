"""Write to everyone, however many they are: paced, resumable, with a report."""
