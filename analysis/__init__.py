"""What the posterior says: Datasets in, Datasets out."""
