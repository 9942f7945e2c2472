import { MLFLOW_2 } from '../../scripts/service-tools.ts';
import { mlflowService } from '../support/mlflow-service.ts';

mlflowService(MLFLOW_2);
