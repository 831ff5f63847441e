from torch.utils.data import DataLoader

loader = DataLoader([], num_workers=8, pin_memory=True)
